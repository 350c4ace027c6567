"""No sidecar, and one that comes later."""

import re

import pytest
from rig.engines import prompt

from e2e.fleet import Fleet
from e2e.host import REATTACH_S, Host
from e2e.station import Station

TOKENS = 512 + 60


@pytest.fixture(scope="module")
def station(fleet: Fleet) -> Station:
    """An engine that starts before its sidecar does."""
    return fleet.start("mha")


def test_an_engine_starts_and_answers_without_a_sidecar(station: Station) -> None:
    ids = prompt(1, TOKENS)
    assert station.reload(ids, "no sidecar") == 0
    station.all_blocks_free()


def test_one_warning_names_socket_errno_and_cure(station: Station, host: Host) -> None:
    """One a process and minute: the scheduler and its worker each have a session of their own."""
    lines = [
        line for line in station.engine.log.read_text().splitlines() if "no sidecar answers" in line
    ]
    assert lines, "no warning"
    for line in lines:
        assert "WARNING" in line
        assert str(host.socket) in line
        assert re.search(r"errno \d+, E[A-Z]+", line)
        assert f"moonpool sidecar --socket {host.socket}" in line
    assert len(lines) <= 2, lines


def test_a_sidecar_started_later_is_found_without_an_engine_restart(
    station: Station, host: Host
) -> None:
    host.start()
    assert host.attached(2) < REATTACH_S
    ids = prompt(2, TOKENS)
    assert station.save(ids)
    assert station.reload(ids, "sidecar came later") == 512
