"""A worker process that is stopped in the middle of a save."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
from rig.engines import Pending, Request, prompt

from e2e.arena import RESERVED
from e2e.host import Host
from e2e.station import Station

WORKER = 2
ATTEMPTS = 8
# After this long whatever the worker had copied before it was stopped is committed: what is still
# reserved stays so.
SETTLE_S = 0.3


@dataclass(frozen=True)
class StoppedSave:
    """A request whose blocks have slots, and the generations of those slots by number."""

    ids: list[int]
    pending: Pending
    held: dict[int, int]


@contextmanager
def worker_stopped_while_saving(station: Station, seed: int, tokens: int) -> Iterator[StoppedSave]:
    """SIGSTOP one worker with slots reserved; SIGCONT afterwards. A stop that came too late, when
    all was copied, is tried again with another prompt.
    """
    for attempt in range(ATTEMPTS):
        ids = prompt(seed + attempt, tokens)
        pending = station.engine.submit([Request(ids)])
        station.host.saving()
        with _stopped(_worker_pid(station)):
            time.sleep(SETTLE_S)
            held = reserved(station.host)
            if held:
                yield StoppedSave(ids, pending, held)
                return
        pending.results()
    raise AssertionError(f"no worker was stopped while saving in {ATTEMPTS} attempts")


def reserved(host: Host) -> dict[int, int]:
    """The reserved slots' generations by slot number."""
    return {slot.number: slot.generation for slot in host.arena().slots(RESERVED)}


def _worker_pid(station: Station) -> int:
    """A worker of this engine: others may be attached to the same sidecar."""
    own = {child.pid for child in psutil.Process(station.engine.pid).children(recursive=True)}
    sessions = station.host.status().sessions
    return int(next(s.pid for s in sessions if s.role == WORKER and s.alive and s.pid in own))


@contextmanager
def _stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
