"""Adapters (LoRA) on a real engine: shared by content, never by name.

The engine itself knows an adapter by its name: its own prefix cache is reset between the requests.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rig.engines import Result, prompt

from e2e.adapters import make_adapter
from e2e.station import Station

TOKENS = 512 + 60
FULL = 512
IDS = prompt(800, TOKENS)


@pytest.fixture(scope="module")
def station(stations: Callable[[str], Station]) -> Station:
    return stations("mha-adapters")


@pytest.fixture(scope="module")
def adapters(model_root: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Two of one name: the second has other content."""
    root = tmp_path_factory.mktemp("adapters")
    return [
        {
            "lora_name": "adapter",
            "lora_int_id": number,
            "lora_path": str(make_adapter(root / str(number), model_root / "mha", seed=number)),
        }
        for number in (1, 2)
    ]


def test_adapters_share_by_content_and_never_by_name(
    station: Station, adapters: list[dict[str, Any]]
) -> None:
    first, second = adapters
    own_hit, cold = reference(station, first, hit=True), reference(station, second, hit=False)
    station.engine.generate(IDS, lora=first)
    station.host.settled()
    assert answer(station, lora=first) == (FULL, own_hit.tokens, own_hit.logprobs)
    assert answer(station, lora=second) == (0, cold.tokens, cold.logprobs)
    station.journal.note("mha-adapters: same name, other content", TOKENS, 0, "a cold run")


def test_an_adapters_blocks_are_not_the_models(
    station: Station, adapters: list[dict[str, Any]]
) -> None:
    loaded, *plain = answer(station)
    assert loaded == 0
    assert plain != answer(station, lora=adapters[0])[1:]


def answer(station: Station, **options: Any) -> tuple[int, Any, Any]:
    """Without the engine's own cache: tokens from the pool, and the answer."""
    station.engine.reset()
    made, loaded = station.observed(IDS, **options)
    station.host.settled()
    return loaded, made.tokens, made.logprobs


def reference(station: Station, adapter: dict[str, Any], *, hit: bool) -> Result:
    """The engine's own answer, cold or from its own cache, under a salt of its own."""
    salted = {"cache_salt": f"reference of {adapter['lora_int_id']}", "lora": adapter}
    cold = station.engine.generate(IDS, **salted)
    return station.engine.generate(IDS, **salted) if hit else cold
