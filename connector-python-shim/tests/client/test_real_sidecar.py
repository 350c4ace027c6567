# SPDX-License-Identifier: Apache-2.0
"""The client against the real sidecar: its answers, its deaths, its stops, and lies told to it."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import statistics
import struct
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pytest
from moonpool.client import events as ev
from moonpool.client.scheduler import SchedulerSession
from moonpool.client.spec import Role
from moonpool.client.worker import WorkerSession
from moonpool.protocol.layout import ENTRY, Ring
from real_sidecar import RealSidecar
from specs import BLOCK_TOKENS, SLOT_BYTES, ask, attach_spec, hashes, keys, until

E = TypeVar("E")
LOG = logging.getLogger("moonpool.tests")
HOOK_CPU_SECONDS = 0.001


@pytest.fixture(scope="module")
def shared() -> Iterator[RealSidecar]:
    """One for all: each test has a namespace of its own, and leaves it running."""
    with RealSidecar() as sidecar:
        yield sidecar


class Engine:
    """One engine of a scheduler and a worker, in this process."""

    def __init__(self, sidecar: RealSidecar, name: str, model: str) -> None:
        engine = f"{name} of {model}"
        scheduler = attach_spec(engine=engine, model=model, wants_events=True)
        worker = attach_spec(Role.WORKER, engine=engine, model=model)
        self.scheduler = SchedulerSession(scheduler, socket_path=sidecar.path, log=LOG)
        self.worker = WorkerSession(worker, socket_path=sidecar.path, log=LOG)
        self._early: list[ev.Event] = []

    def __enter__(self) -> Engine:
        self.scheduler.start()
        self.worker.start()
        self.expect(ev.Attached)
        until(lambda: self.worker.arena is not None, 10.0)
        return self

    def __exit__(self, *_: object) -> None:
        self.scheduler.close()
        self.worker.close()

    def expect(self, kind: type[E], seconds: float = 10.0) -> E:
        """Polls until an event of the kind comes; others in between are dropped."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._early += self.scheduler.poll()
            while self._early:
                event = self._early.pop(0)
                if isinstance(event, kind):
                    return event
            self.scheduler.wait(0.01)
        raise AssertionError(f"no {kind.__name__} within {seconds} s")

    def save(self, blocks: int, seed: str) -> None:
        """Intends, copies and commits; returns when it is visible."""
        answer = self.intend(blocks, seed)
        job = answer.job
        assert answer.verdicts == bytes(blocks), answer
        assert self.copy(answer.entries, answer.arena_id, seed, write=True)
        self.scheduler.commit(job, b"\xff" * (-(-blocks // 8)))
        assert self.expect(ev.Committed) == ev.Committed(job, blocks)

    def lookup(self, blocks: int, seed: str) -> ev.LookupAnswered:
        job = self.when_usable(lambda: ask(self.scheduler, blocks, seed))
        answer = self.expect(ev.LookupAnswered)
        assert answer.job == job
        return answer

    def intend(self, blocks: int, seed: str, first: int = 0) -> ev.IntendAnswered:
        """Asks where to copy these blocks."""
        wanted = hashes(blocks, seed, first)
        job = self.when_usable(lambda: self.scheduler.intend(0, first, None, wanted))
        answer = self.expect(ev.IntendAnswered)
        assert answer.job == job
        return answer

    def when_usable(self, question: Callable[[], int | None]) -> int:
        """On a busy machine the heartbeat, or an answer, may be late for a moment."""
        deadline = time.monotonic() + 10.0
        while time.monotonic() < deadline:
            job = question()
            if job is not None:
                return job
            self._early += self.scheduler.poll()
            time.sleep(0.005)
        raise AssertionError("not usable within 10 s")

    def copy(self, entries: bytes, arena_id: bytes, seed: str, *, write: bool) -> bool:
        """Copies, or compares, the payload of each entry; False when the words say no."""
        table = np.frombuffer(entries, ENTRY)
        with self.worker.copying() as arena:
            if arena is None or arena.file_id != arena_id or not self._shown(table):
                return False
            for index, entry in enumerate(table):
                address = arena.address + int(entry["offset"])
                if write:
                    ctypes.memmove(address, payload(seed, index), SLOT_BYTES)
                else:
                    assert ctypes.string_at(address, SLOT_BYTES) == payload(seed, index)
            return self._shown(table)

    def _shown(self, table: npt.NDArray[np.void]) -> bool:
        slots = np.ascontiguousarray(table["slot"])
        return bool((self.worker.words(slots) == table["word"]).all())


def payload(seed: str, index: int) -> bytes:
    """Bytes that follow from seed and block."""
    return hashes(SLOT_BYTES // 32, f"{seed}#{index}")


def verified(engine: Engine, job: int) -> ev.Mark:
    until(lambda: engine.scheduler.verified(job).state is not ev.MarkState.VERIFYING)
    return engine.scheduler.verified(job)


def test_a_miss_a_save_and_a_hit(shared: RealSidecar) -> None:
    with Engine(shared, "a", "save and hit") as engine:
        miss = engine.lookup(4, "x")
        assert (miss.status, miss.hit_tokens, miss.entries) == (ev.LookupStatus.OK, 0, b"")
        assert miss.miss_reason is ev.MissReason.NEVER_STORED
        engine.save(4, "x")
        hit = engine.lookup(6, "x")
        assert hit.hit_tokens == 4 * BLOCK_TOKENS
        assert hit.groups == (ev.LeasedGroup(0, 0, 4, 4),)
        assert verified(engine, hit.job) == (4, ev.MarkState.COMPLETE)
        assert engine.copy(hit.entries, hit.arena_id, "x", write=False)
        engine.scheduler.release(hit.job)
        with Engine(shared, "b", "save and hit") as second:
            again = second.lookup(4, "x")
            assert verified(second, again.job).entries == 4
            assert second.copy(again.entries, again.arena_id, "x", write=False)


def test_what_is_there_is_not_granted_again(shared: RealSidecar) -> None:
    with Engine(shared, "a", "have") as engine:
        engine.save(2, "x")
        answer = engine.intend(3, "x")
        assert answer.verdicts == bytes((ev.Verdict.HAVE, ev.Verdict.HAVE, ev.Verdict.GRANTED))


def test_an_abort_frees_and_a_partial_commit_keeps_the_marked(shared: RealSidecar) -> None:
    with Engine(shared, "a", "partial") as engine:
        answer = engine.intend(3, "x")
        assert engine.copy(answer.entries, answer.arena_id, "x", write=True)
        engine.scheduler.commit(answer.job, b"\x01")
        assert engine.expect(ev.Committed).stored == 1
        hit = engine.lookup(3, "x")
        assert hit.hit_tokens == BLOCK_TOKENS
        engine.scheduler.release(hit.job)
        again = engine.intend(2, "x", 1)
        assert again.verdicts == bytes(2)
        engine.scheduler.abort(again.job)


def test_a_flipped_byte_fails_the_mark(shared: RealSidecar) -> None:
    with Engine(shared, "a", "flipped") as engine:
        engine.save(4, "x")
        hit = engine.lookup(4, "x")
        assert verified(engine, hit.job).entries == 4
        engine.scheduler.release(hit.job)
        offset = int(np.frombuffer(hit.entries, ENTRY)["offset"][2])
        with engine.worker.copying() as arena:
            assert arena is not None
            ctypes.memset(arena.address + offset + 17, 0xA5, 1)
        bad = engine.lookup(4, "x")
        assert verified(engine, bad.job) == (2, ev.MarkState.FAILED)
        engine.scheduler.release(bad.job)
        until(lambda: engine.lookup(4, "x").hit_tokens == 2 * BLOCK_TOKENS)


def test_a_large_lookup_and_a_prefetch(shared: RealSidecar) -> None:
    with Engine(shared, "a", "large") as engine:
        engine.save(200, "x")
        engine.scheduler.prefetch(
            keys(200, "x"), local_tokens=0, max_tokens=200 * BLOCK_TOKENS, align_tokens=BLOCK_TOKENS
        )
        hit = engine.lookup(5000, "x")
        assert hit.hit_tokens == 200 * BLOCK_TOKENS
        assert verified(engine, hit.job).entries == 200
        engine.scheduler.release(hit.job)


def test_cancel_ends_a_lease(shared: RealSidecar) -> None:
    with Engine(shared, "a", "cancel") as engine:
        engine.save(2, "x")
        for _ in range(600):  # more than there are lease cells
            engine.scheduler.cancel(engine.when_usable(lambda: ask(engine.scheduler, 2, "x")))
            engine.scheduler.poll()
        assert engine.lookup(2, "x").hit_tokens == 2 * BLOCK_TOKENS


def test_reset_is_for_all_of_the_namespace_and_no_other(shared: RealSidecar) -> None:
    with (
        Engine(shared, "a", "reset") as engine,
        Engine(shared, "b", "reset") as neighbour,
        Engine(shared, "c", "not reset") as other,
    ):
        engine.save(2, "x")
        other.save(2, "x")
        before = engine.scheduler.epoch
        assert engine.scheduler.reset()
        assert engine.scheduler.epoch > before
        assert engine.lookup(2, "x").hit_tokens == 0
        assert neighbour.lookup(2, "x").status is ev.LookupStatus.STALE_EPOCH
        assert not neighbour.scheduler.usable
        assert neighbour.scheduler.reset()
        assert neighbour.scheduler.usable
        assert other.lookup(2, "x").hit_tokens == 2 * BLOCK_TOKENS


def test_after_sigkill_all_comes_back(shared: RealSidecar) -> None:
    with Engine(shared, "a", "killed") as engine:
        engine.save(4, "x")
        hit = engine.lookup(4, "x")
        assert verified(engine, hit.job).entries == 4
        save = engine.intend(2, "y")
        shared.kill()
        assert engine.expect(ev.SessionLost, 2.0).jobs == {save.job}
        assert not engine.scheduler.usable
        assert engine.copy(hit.entries, hit.arena_id, "x", write=False), "loads go on"
        assert engine.scheduler.verified(hit.job).entries == 4
        shared.start()
        began = time.monotonic()
        attached = engine.expect(ev.Attached)
        assert time.monotonic() - began < 2.0
        assert attached.boot == 2
        assert attached.lost_jobs == frozenset()
        until(lambda: engine.worker.counters["attaches_total"] == 2, 2.0)
        assert engine.copy(hit.entries, hit.arena_id, "x", write=False)
        engine.scheduler.release(hit.job)
        again = engine.lookup(4, "x")
        assert again.hit_tokens == 4 * BLOCK_TOKENS
        assert engine.copy(again.entries, again.arena_id, "x", write=False)
        engine.save(2, "y")


def test_a_stopped_sidecar_blocks_nobody(shared: RealSidecar) -> None:
    with Engine(shared, "a", "stopped") as engine:
        engine.save(4, "x")
        hit = engine.lookup(4, "x")
        session = engine.scheduler
        shared.signal(signal.SIGSTOP)
        try:
            deadline = time.monotonic() + 3.0
            cpu_seconds, wall_seconds = [], []
            while time.monotonic() < deadline:
                wall, cpu = time.monotonic(), time.thread_time()
                session.poll()
                job = ask(session, 250, "x")
                session.intend(0, 0, None, hashes(4, "z")) if job is None else session.cancel(job)
                session.verified(hit.job)
                cpu_seconds.append(time.thread_time() - cpu)
                wall_seconds.append(time.monotonic() - wall)
                time.sleep(0.01)
            assert not session.usable
            # Medians: a hypervisor charges the time it takes away to whoever runs.
            assert statistics.median(cpu_seconds) < HOOK_CPU_SECONDS * 3, "three hooks"
            assert statistics.median(wall_seconds) < HOOK_CPU_SECONDS * 3, "and none of them waits"
            assert not session.reset()
            session.release(hit.job)
        finally:
            shared.signal(signal.SIGCONT)
        until(lambda: session.poll() is not None and session.usable, 5.0)
        assert engine.lookup(4, "x").hit_tokens == 0, "the reset was kept"


def test_garbage_ends_one_session_only(shared: RealSidecar) -> None:
    with Engine(shared, "a", "garbage") as liar, Engine(shared, "b", "garbage") as honest:
        honest.save(3, "x")
        for garbage in (b"\xff\xff\xff\x7f\x01\0\0\0", b"\x09\0\0\0\x63\0\0\0", os.urandom(64)):
            boot = liar.scheduler.boot
            wires = liar.scheduler._exchange._wires
            assert wires is not None
            producer = wires.requests
            at = producer._tail & (producer._capacity - 1)
            body = struct.pack("<ii", 24, 11) + garbage + bytes(8)
            producer.buffer[at + 8 : at + 8 + len(garbage)] = garbage
            producer.buffer[at : at + 8] = (garbage if len(garbage) == 8 else body)[:8]
            wires._doorbell.ring()
            assert liar.expect(ev.SessionLost).boot == boot
            assert liar.expect(ev.Attached).boot == boot + 1
        assert honest.scheduler.boot == 1
        assert honest.lookup(3, "x").hit_tokens == 3 * BLOCK_TOKENS
        assert liar.lookup(3, "x").hit_tokens == 3 * BLOCK_TOKENS


def test_lies_about_positions_harm_nobody_else(shared: RealSidecar) -> None:
    with Engine(shared, "a", "positions") as liar, Engine(shared, "b", "positions") as honest:
        honest.save(3, "x")
        attachment = liar.scheduler._exchange.attachment
        assert attachment is not None
        for ring in (attachment.session.requests(), attachment.session.completions()):
            end = ring.nbytes - Ring.TRAILER_BYTES
            for offset in (Ring.TAIL, Ring.HEAD_CACHE, Ring.HEAD):
                ring[end + offset : end + offset + 8] = os.urandom(8)
        attachment.session.file[:128] = os.urandom(128)
        attachment.session.file[4096:8192] = os.urandom(4096)
        ask(liar.scheduler, 3, "x")
        time.sleep(0.3)
        assert honest.scheduler.boot == 1
        assert honest.lookup(3, "x").hit_tokens == 3 * BLOCK_TOKENS
        assert shared.alive


def test_contradictions_are_refused_with_field_and_cure(
    shared: RealSidecar, caplog: pytest.LogCaptureFixture
) -> None:
    huge = attach_spec(engine="huge", model="huge", slot_bytes=1 << 30)
    session = SchedulerSession(huge, socket_path=shared.path, log=LOG)
    session.start()
    until(lambda: "--slab-bytes" in caplog.text, 10.0)
    session.close()
    assert session.boot == 0
