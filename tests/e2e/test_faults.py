"""The sidecar is killed, frozen, restarted or gone, while an engine saves, looks up or loads.

Every request completes and is right for what it loaded; the engine goes on; nothing of it stays
pinned; and when the sidecar is back the engine is attached again within two seconds and hits as
before.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from rig.engines import Request, prompt

from e2e.admin import wait_until
from e2e.host import REATTACH_S, Host
from e2e.station import Station
from e2e.stopped import reserved, worker_stopped_while_saving

TOKENS = 512 + 60
FULL = 512
FREEZE_S = 10.0
SESSIONS = 2

Fault = Callable[[Host], None]


@pytest.fixture(scope="module")
def station(stations: Callable[[str], Station]) -> Station:
    return stations("mha")


def killed(host: Host) -> None:
    host.kill()


def restarted(host: Host) -> None:
    host.restart()


def frozen(host: Host) -> None:
    host.freeze()


FAULTS: list[Fault] = [killed, restarted, frozen]


@contextmanager
def returning(host: Host) -> Iterator[None]:
    """Whatever the fault was, afterwards there is a sidecar, and the engine finds it in time."""
    began = time.monotonic()
    yield
    if not host.running:
        host.start()
    if host.frozen:
        time.sleep(max(0.0, began + FREEZE_S - time.monotonic()))
        host.thaw()
    assert host.attached(SESSIONS) < REATTACH_S


def whole_again(station: Station, ids: list[int], case: str) -> None:
    """After a fault: nothing pinned, nothing spoiled, and a save and its load work as ever."""
    station.host.settled()
    station.all_blocks_free()
    station.save(ids)
    station.hits_again(ids, f"{case}, afterwards", FULL)
    assert station.host.arena().spoiled() == []


@pytest.mark.parametrize("fault", FAULTS)
def test_while_saving(station: Station, fault: Fault) -> None:
    """The fault comes when slots are reserved: before, in or after the copy, before the commit is
    done.
    """
    ids = prompt(hash_of("saving", fault), TOKENS)
    with returning(station.host):
        pending = station.engine.submit([Request(ids)])
        station.host.saving()
        fault(station.host)
        answer = pending.results()[0]
    station.explained(answer, ids, answer.cached, f"{fault.__name__} while saving")
    station.reload(ids, f"{fault.__name__} while saving, asked again")
    whole_again(station, ids, f"{fault.__name__} while saving")


@pytest.mark.parametrize("fault", FAULTS)
def test_while_looking_up(station: Station, fault: Fault) -> None:
    """The lookup lies in the ring of a sidecar that does not run; for the others it is frozen just
    before it dies.
    """
    ids = prompt(hash_of("looking up", fault), TOKENS)
    station.save(ids)
    station.engine.reset()
    with returning(station.host):
        station.host.freeze()
        pending = station.engine.submit([Request(ids)])
        time.sleep(0.1)
        fault(station.host)
        answer = pending.results()[0]
    station.explained(answer, ids, answer.cached, f"{fault.__name__} while looking up")
    whole_again(station, ids, f"{fault.__name__} while looking up")


@pytest.mark.parametrize("fault", FAULTS)
def test_while_loading(station: Station, fault: Fault, seed: int) -> None:
    """At a random moment of a request that can be served from the pool; a load that was granted may
    go on.
    """
    ids = prompt(hash_of("loading", fault), TOKENS)
    station.save(ids)
    station.engine.reset()
    delay_s = random.Random(seed).uniform(0.0, 0.06)
    with returning(station.host):
        pending = station.engine.submit([Request(ids)])
        time.sleep(delay_s)
        fault(station.host)
        answer = pending.results()[0]
    station.explained(
        answer, ids, answer.cached, f"{fault.__name__} {delay_s * 1e3:.0f} ms into a load"
    )
    whole_again(station, ids, f"{fault.__name__} while loading")


def test_absent_from_beginning_to_end(station: Station) -> None:
    """Three requests without a sidecar: computed, and none waits for an answer that can't come."""
    ids = prompt(520, TOKENS)
    station.save(ids)
    with returning(station.host):
        station.host.kill()
        for _ in range(3):
            assert station.reload(ids, "no sidecar there") == 0
    station.hits_again(ids, "the sidecar is back", FULL)
    station.all_blocks_free()


def test_a_worker_stopped_while_saving_spoils_nothing(station: Station) -> None:
    """SIGSTOP to the worker with slots reserved, another sidecar, SIGCONT: its copy lands where
    nothing else is.
    """
    with worker_stopped_while_saving(station, 530, TOKENS) as stopped:
        station.host.restart()
        after = reserved(station.host)
        assert stopped.held.items() <= after.items(), "a slot that may be written to was given away"
    answer = stopped.pending.results()[0]
    assert station.host.attached(SESSIONS) < REATTACH_S
    station.explained(answer, stopped.ids, answer.cached, "stopped while saving, restarted since")
    wait_until(
        lambda: not any(a.quarantined_bytes for a in station.host.status().arenas), "no quarantine"
    )
    whole_again(station, stopped.ids, "stopped while saving")


def hash_of(phase: str, fault: Fault) -> int:
    """A seed of its own for each case."""
    return 500 + 10 * ("saving", "looking up", "loading").index(phase) + FAULTS.index(fault)
