"""What an operator sees: vLLM's own counters, the stock connector's names, and the sidecar's."""

from collections.abc import Callable

import pytest
from rig.engines import prompt

from e2e.admin import wait_until
from e2e.station import Station

TOKENS = 512 + 60
BLOCKS = TOKENS // 128
ANOTHER_STEP = [11, 12, 13]
MHA_BLOCK_BYTES = 2 << 20
STOCK = "vllm:mooncake_store_operation"


@pytest.fixture(scope="module")
def station(stations: Callable[[str], Station]) -> Station:
    return stations("mha")


def test_vllm_counts_what_was_asked_of_the_pool_and_what_hit(station: Station) -> None:
    ids = prompt(600, TOKENS)
    station.save(ids)
    station.engine.reset()
    before = station.engine.metrics("external_prefix_cache")
    station.engine.generate(ids)
    after = station.engine.metrics("external_prefix_cache")
    gained = {name: after[name] - before[name] for name in after}
    assert gained["vllm:external_prefix_cache_hits"] == BLOCKS * 128
    assert gained["vllm:external_prefix_cache_queries"] == TOKENS


def test_the_stock_connectors_names_count_saves_and_loads(station: Station) -> None:
    """Dashboards made for the stock connector go on: calls, keys, bytes, times and failures by
    operation.
    """
    before = {name: operations(station, name) for name in ("save_put", "load_get")}
    ids = prompt(601, TOKENS)
    station.save(ids)
    station.reload(ids, "metrics")
    for name, counted in before.items():
        gained = gained_by(station, name, counted)
        assert gained[f"{STOCK}"] >= 1
        assert gained[f"{STOCK}_bytes"] >= BLOCKS * MHA_BLOCK_BYTES
        assert gained[f"{STOCK}_time_seconds_count"] >= 1
        assert gained[f"{STOCK}_failed_keys"] == 0


def test_the_sidecar_exports_what_it_counts(station: Station) -> None:
    """/metrics and the status speak of the same counters; /healthz and /readyz answer."""
    sidecar = station.host.sidecar
    exported = sidecar.counters()
    assert all(
        name.startswith("moonpool_")
        for name in exported
        if not name.startswith(("jvm_", "process_"))
    )
    assert exported["moonpool_blocks_stored_total"] >= BLOCKS
    assert exported["moonpool_hit_tokens_total"] >= BLOCKS * 128
    sidecar.get("/healthz")
    sidecar.get("/readyz")


def operations(station: Station, name: str) -> dict[str, float]:
    """By metric; vLLM's own reader names a counter without its `_total`."""
    return station.engine.metrics("mooncake_store_operation", operation=name)


def gained_by(station: Station, name: str, before: dict[str, float]) -> dict[str, float]:
    """What came on top, once it has arrived: statistics travel with a later step's outputs."""

    def gained() -> dict[str, float]:
        station.engine.generate(ANOTHER_STEP, max_tokens=1)
        after = operations(station, name)
        more = {metric: after[metric] - before.get(metric, 0.0) for metric in after}
        return more if more.get(f"{STOCK}_keys", 0) >= BLOCKS else {}

    return wait_until(gained, f"{name} counted")
