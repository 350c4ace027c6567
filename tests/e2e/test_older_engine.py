"""A vLLM older than 0.20 saves, and loads what it saved, with the same shim."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.engines import Engine, prompt

from e2e.fleet import PLANS, Fleet, engine_spec
from e2e.host import Host
from e2e.journal import Journal
from e2e.older import older_python
from e2e.references import References
from e2e.station import Station

pytestmark = pytest.mark.long
TOKENS = 512 + 60
FULL = 512


@pytest.fixture
def station(
    fleet: Fleet, host: Host, model_root: Path, logs: Path, journal: Journal
) -> Iterator[Station]:
    fleet.close()
    if not host.running:
        host.start()
    spec = engine_spec(model_root / "mha", PLANS["mha"], host.sidecar.environ, older_python())
    with Engine(spec, logs / "older.log") as engine:
        journal.started("older vLLM")
        host.attached(2)
        yield Station("older vLLM", engine, host, References(engine), journal)


def test_a_load_answers_like_the_own_prefix_cache(station: Station) -> None:
    ids = prompt(1000, TOKENS)
    station.save(ids)
    assert station.reload(ids, "from the pool") == FULL
    station.all_blocks_free()
    assert station.host.arena().spoiled() == []
