"""reset_cache: what was saved before is never served again, in the caller's namespace and in no
other.
"""

from collections.abc import Callable

import pytest
from rig.engines import prompt

from e2e.station import Station

TOKENS = 512 + 60
ROUNDS = 5


@pytest.fixture(scope="module")
def station(stations: Callable[[str], Station]) -> Station:
    return stations("gqa")


@pytest.fixture(scope="module")
def bystander(stations: Callable[[str], Station]) -> Station:
    return stations("mha")


def test_only_the_callers_namespace_is_emptied(station: Station, bystander: Station) -> None:
    ids = prompt(300, TOKENS)
    for either in (station, bystander):
        either.save(ids)
        assert either.reload(ids, "before the reset") == 512
    station.reset_pool()
    assert station.reload(ids, "after the reset") == 0
    assert bystander.reload(ids, "after another's reset") == 512


def test_what_is_saved_after_the_reset_is_served(station: Station) -> None:
    ids = prompt(301, TOKENS)
    station.save(ids)
    assert station.reload(ids, "saved after a reset") == 512


def test_saves_in_flight_are_not_served_either(station: Station) -> None:
    """The reset follows the answer at once, when its blocks are being copied, committed or
    checksummed.
    """
    for round_ in range(ROUNDS):
        ids = prompt(310 + round_, TOKENS)
        station.engine.generate(ids, max_tokens=1)
        station.reset_pool()
        station.host.settled()
        assert station.reload(ids, f"reset right behind a save, round {round_}") == 0
    station.all_blocks_free()


def test_a_reset_without_a_sidecar_holds_when_it_is_back(station: Station) -> None:
    """What could not be confirmed is asked for again before anything is served."""
    ids = prompt(320, TOKENS)
    station.save(ids)
    station.host.kill()
    station.engine.reset(connector=True)
    station.host.start()
    station.host.attached(4)
    assert station.reload(ids, "reset while the sidecar was gone") == 0
