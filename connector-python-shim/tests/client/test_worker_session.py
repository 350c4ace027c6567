# SPDX-License-Identifier: Apache-2.0
"""The worker session's state machine, against a fake sidecar."""

from __future__ import annotations

import ctypes
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fake_sidecar import ARENA_BYTES, FakeSidecar
from moonpool.client.arena import Arena, ArenaMapping
from moonpool.client.spec import Role
from moonpool.client.worker import WorkerSession
from moonpool.protocol import mapping
from specs import attach_spec, until

LOG = logging.getLogger("moonpool.tests")
SLOTS = np.array([0, 3], dtype=np.uint32)


@pytest.fixture
def sidecar(tmp_path: Path) -> Iterator[FakeSidecar]:
    fake = FakeSidecar(tmp_path).start()
    yield fake
    fake.die()


@pytest.fixture
def session(sidecar: FakeSidecar) -> Iterator[WorkerSession]:
    made = WorkerSession(attach_spec(Role.WORKER), socket_path=sidecar.path, log=LOG)
    made.start()
    until(lambda: made.arena is not None)
    yield made
    made.close()


def arena_of(session: WorkerSession) -> Arena:
    arena = session.arena
    assert arena is not None
    return arena


def test_arena_and_words(session: WorkerSession, sidecar: FakeSidecar, tmp_path: Path) -> None:
    sidecar.word(3, 5 << 8 | 2)
    assert session.words(SLOTS).tolist() == [0, 5 << 8 | 2]
    with session.copying() as arena:
        assert arena is not None
        assert (arena.nbytes, arena.file_id) == (ARENA_BYTES, sidecar.arena_id)
        ctypes.memmove(arena.address + 4096, b"payload", 7)
    assert (tmp_path / "arena").read_bytes()[4096:4103] == b"payload"


def test_nothing_before_the_first_attach(tmp_path: Path) -> None:
    session = WorkerSession(attach_spec(Role.WORKER), socket_path=str(tmp_path / "no"), log=LOG)
    assert session.arena is None
    assert session.words(SLOTS).tolist() == [0, 0]
    with session.copying() as arena:
        assert arena is None


def test_the_same_file_stays_mapped(session: WorkerSession, sidecar: FakeSidecar) -> None:
    before = arena_of(session)
    sidecar.die()
    assert session.arena == before, "what is leased may be loaded without a sidecar"
    sidecar.start()
    until(lambda: session.counters["attaches_total"] == 2)
    assert arena_of(session) == before


def test_no_attach_while_a_copy_runs(session: WorkerSession, sidecar: FakeSidecar) -> None:
    with session.copying():
        sidecar.die()
        sidecar.start()
        time.sleep(1.5)
        assert len(sidecar.attaches) == 1
        assert session.arena is not None
    until(lambda: session.counters["attaches_total"] == 2)


def test_another_file_is_mapped_between_copies(sidecar: FakeSidecar) -> None:
    told: list[Arena] = []
    session = WorkerSession(
        attach_spec(Role.WORKER), socket_path=sidecar.path, log=LOG, before_unmap=told.append
    )
    session.start()
    until(lambda: session.arena is not None)
    before = arena_of(session)
    with session.copying():
        sidecar.die()
        sidecar.arena_id = b"Z" * 16
        sidecar.start()
        time.sleep(0.3)
        assert session.arena == before
        ctypes.string_at(before.address, before.nbytes)
        assert told == []
    until(lambda: session.counters["attaches_total"] == 2, 2.0)
    assert told == [before]
    assert arena_of(session).file_id == b"Z" * 16
    session.close()


def test_a_before_unmap_that_fails_is_logged(
    sidecar: FakeSidecar, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Arena) -> None:
        raise RuntimeError("no")

    session = WorkerSession(
        attach_spec(Role.WORKER), socket_path=sidecar.path, log=LOG, before_unmap=fail
    )
    session.start()
    until(lambda: session.arena is not None)
    sidecar.die()
    sidecar.arena_id = b"Z" * 16
    sidecar.start()
    until(lambda: session.counters["attaches_total"] == 2)
    assert "before_unmap failed" in caplog.text
    session.close()


def test_copies_of_many_threads(session: WorkerSession, sidecar: FakeSidecar) -> None:
    stop = threading.Event()
    missing = 0

    def copy() -> None:
        nonlocal missing
        while not stop.is_set():
            with session.copying() as arena:
                if arena is None:
                    missing += 1
                else:
                    ctypes.string_at(arena.address, 64)
            time.sleep(0.0005)

    threads = [threading.Thread(target=copy) for _ in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(3):
        sidecar.die()
        sidecar.arena_id = bytes([turn]) * 16
        sidecar.start()
        expected = turn + 2
        until(lambda: session.counters["attaches_total"] >= expected, 10.0)  # noqa: B023
    stop.set()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("populates", [True, False])
def test_prefaulting_in_slices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, populates: bool
) -> None:
    nbytes = 40 << 20
    with open(tmp_path / "arena", "w+b") as file:
        file.truncate(nbytes)
        if not populates:
            monkeypatch.setattr(mapping, "populate", lambda *_, **__: False)
        arena = ArenaMapping(file.fileno(), nbytes, b"A" * 16)
        slices = 1
        while arena.prefault():
            slices += 1
        assert slices == (1 if populates else 3)
        assert not arena.prefault()
        arena.unmap()
