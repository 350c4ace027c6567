# SPDX-License-Identifier: Apache-2.0
"""The scheduler session's state machine, against a fake sidecar that says what a test wants to
hear.
"""

from __future__ import annotations

import logging
import os
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import grpc
import pytest
from fake_sidecar import FakeSession, FakeSidecar
from moonpool.client import events as ev
from moonpool.client.scheduler import SchedulerSession
from moonpool.client.spec import GroupKeys
from moonpool.protocol import wire
from moonpool.protocol.layout import Session
from specs import ask, attach_spec, hashes, keys, until

E = TypeVar("E")
LOG = logging.getLogger("moonpool.tests")


@pytest.fixture
def sidecar(tmp_path: Path) -> Iterator[FakeSidecar]:
    fake = FakeSidecar(tmp_path).start()
    yield fake
    fake.die()


@pytest.fixture
def session(sidecar: FakeSidecar) -> Iterator[SchedulerSession]:
    made = SchedulerSession(attach_spec(), socket_path=sidecar.path, log=LOG)
    made.start()
    yield made
    made.close()


def expect(session: SchedulerSession, kind: type[E], seconds: float = 5.0) -> E:
    """Polls until an event of the kind comes; others in between are dropped."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for event in session.poll():
            if isinstance(event, kind):
                return event
        time.sleep(0.002)
    raise AssertionError(f"no {kind.__name__} within {seconds} s")


def attached(session: SchedulerSession, sidecar: FakeSidecar) -> FakeSession:
    expect(session, ev.Attached)
    return sidecar.session()


def entries(count: int) -> bytes:
    return b"".join(struct.pack("<QQII", i * 4096, 256 + 2, i, 4096) for i in range(count))


def hit(session: SchedulerSession, peer: FakeSession, blocks: int = 4) -> int:
    """A lookup that is answered with a lease of so many blocks, in cell 1."""
    job = ask(session, blocks)
    assert job is not None
    peer.take()
    peer.take()
    peer.mark(1, job, 0, 0)
    group = wire.AnswerGroup(0, 0, blocks, blocks)
    peer.answer(
        wire.Entries(job, 0, entries(blocks)),
        wire.LookupAnswer(job, blocks * 16, blocks, 1, 0, 0, (group,)),
    )
    assert expect(session, ev.LookupAnswered).entries == entries(blocks)
    return job


def granted(session: SchedulerSession, peer: FakeSession, blocks: int = 2) -> int:
    job = session.intend(0, 0, None, hashes(blocks, "save"))
    assert job is not None
    peer.take()
    peer.answer(
        wire.Entries(job, 0, entries(blocks)), wire.IntendAnswer(job, blocks, 0, bytes(blocks))
    )
    assert expect(session, ev.IntendAnswered).verdicts == bytes(blocks)
    return job


def test_nothing_is_usable_before_the_first_attach(tmp_path: Path) -> None:
    session = SchedulerSession(attach_spec(), socket_path=str(tmp_path / "none"), log=LOG)
    assert not session.usable
    assert session.poll() == []
    assert ask(session) is None
    assert session.intend(0, 0, None, hashes(1)) is None
    assert not session.reset()
    session.release(1)
    session.commit(1, b"\x01")
    session.abort(1)
    session.cancel(1)
    assert session.verified(1) == (0, ev.MarkState.STOPPED)


def test_a_lookup_with_its_keys_and_its_answer(
    session: SchedulerSession, sidecar: FakeSidecar
) -> None:
    peer = attached(session, sidecar)
    assert session.usable
    assert session.boot == 1
    job = ask(session, 3, "x")
    assert job is not None
    assert peer.take() == wire.LookupKeys(job, 0, 0, hashes(3, "x"))
    assert peer.take() == wire.Lookup(job, 1, 0, 48, 16, 0)
    peer.mark(2, job, 0, 0)
    peer.answer(
        wire.Entries(job, 0, entries(1)),
        wire.Entries(job, 1, entries(2)[24:]),
        wire.LookupAnswer(job, 32, 2, 2, 0, 1, (wire.AnswerGroup(0, 0, 2, 2),)),
    )
    answer = expect(session, ev.LookupAnswered)
    assert answer == ev.LookupAnswered(
        job,
        ev.LookupStatus.OK,
        32,
        ev.MissReason.NEVER_STORED,
        (ev.LeasedGroup(0, 0, 2, 2),),
        entries(2),
        sidecar.arena_id,
    )
    assert session.verified(job) == (0, ev.MarkState.VERIFYING)
    peer.mark(2, job, 1, 2)
    assert session.verified(job) == (1, ev.MarkState.FAILED)
    peer.mark(2, job, 2**32 - 1, 1)
    assert session.verified(job) == (2, ev.MarkState.COMPLETE)
    session.release(job, 1)
    assert peer.take() == wire.Release(job, 1)
    session.release(job)
    assert peer.take() == wire.Release(job, 0)
    session.release(job)
    assert peer.nothing_came()


def test_keys_are_cut_to_records(session: SchedulerSession, sidecar: FakeSidecar) -> None:
    peer = attached(session, sidecar)
    job = session.lookup(
        [GroupKeys(0, 5, hashes(600)), GroupKeys(1, 7, hashes(3, "b"))],
        local_tokens=80,
        max_tokens=9680,
        align_tokens=16,
    )
    assert job is not None
    whole: dict[int, bytes] = {0: b"", 1: b""}
    next_block = {0: 5, 1: 7}
    while isinstance(message := peer.take(), wire.LookupKeys):
        assert message.first_block == next_block[message.group]
        next_block[message.group] += len(message.hashes) // 32
        whole[message.group] += message.hashes
    assert whole == {0: hashes(600), 1: hashes(3, "b")}
    assert message == wire.Lookup(job, 1, 80, 9680, 16, 0)


def test_prefetch_has_no_answer(session: SchedulerSession, sidecar: FakeSidecar) -> None:
    peer = attached(session, sidecar)
    session.prefetch(keys(2), local_tokens=0, max_tokens=32, align_tokens=16)
    peer.take()
    assert peer.take().flags == wire.FLAG_PREFETCH


def test_saving(session: SchedulerSession, sidecar: FakeSidecar) -> None:
    peer = attached(session, sidecar)
    job = session.intend(0, 7, b"p" * 32, hashes(3))
    assert job is not None
    assert peer.take() == wire.Intend(job, 1, 7, 0, 1, b"p" * 32, hashes(3))
    peer.answer(wire.Entries(job, 0, entries(2)), wire.IntendAnswer(job, 2, 0, bytes((0, 1, 0))))
    answer = expect(session, ev.IntendAnswered)
    assert (answer.verdicts, answer.entries) == (bytes((0, 1, 0)), entries(2))
    session.commit(job, b"\x03")
    assert peer.take() == wire.Commit(job, b"\x03")
    session.commit(job, b"\x03")
    session.abort(job)
    assert peer.nothing_came()
    peer.answer(wire.Committed(job, 2))
    assert expect(session, ev.Committed) == ev.Committed(job, 2)


def test_abort_before_and_after_the_answer(session: SchedulerSession, sidecar: FakeSidecar) -> None:
    peer = attached(session, sidecar)
    early = session.intend(0, 0, None, hashes(1))
    assert early is not None
    peer.take()
    session.abort(early)
    assert peer.take() == wire.Abort(early)
    peer.answer(wire.Entries(early, 0, entries(1)), wire.IntendAnswer(early, 1, 0, b"\x00"))
    late = granted(session, peer)
    session.abort(late)
    assert peer.take() == wire.Abort(late)


def test_cancel_wins_over_an_answer_on_its_way(
    session: SchedulerSession, sidecar: FakeSidecar
) -> None:
    peer = attached(session, sidecar)
    job = ask(session)
    assert job is not None
    peer.take()
    peer.take()
    peer.answer(
        wire.Entries(job, 0, entries(4)),
        wire.LookupAnswer(job, 64, 4, 1, 0, 0, ()),
        wire.Pong(1),
    )
    session.cancel(job)
    assert peer.take() == wire.Cancel(job)
    assert session.poll() == []
    assert session.verified(job).entries == 0


@pytest.mark.parametrize(
    "lie",
    [
        lambda job: [wire.Entries(job, 1, entries(1))],
        lambda job: [wire.Entries(job, 0, entries(5))],
        lambda job: [wire.LookupAnswer(job, 64, 4, 1, 0, 0, ())],
        lambda job: [wire.Abort(job)],
    ],
)
def test_a_sidecar_that_lies_costs_its_session(
    session: SchedulerSession, sidecar: FakeSidecar, lie: Any
) -> None:
    peer = attached(session, sidecar)
    job = ask(session, 4)
    assert job is not None
    peer.answer(*lie(job))
    lost = expect(session, ev.SessionLost)
    assert lost == ev.SessionLost(1, frozenset({job}))
    assert expect(session, ev.Attached).boot == 2


def test_garbage_in_the_completion_ring_costs_its_session(
    session: SchedulerSession, sidecar: FakeSidecar
) -> None:
    peer = attached(session, sidecar)
    peer.completions.buffer[0:8] = struct.pack("<ii", 2**30, 31)
    expect(session, ev.SessionLost)
    expect(session, ev.Attached)
    assert session.usable


def test_the_breaker_opens_on_a_late_answer_and_closes_on_a_pong(
    session: SchedulerSession, sidecar: FakeSidecar
) -> None:
    peer = attached(session, sidecar)
    job = ask(session)
    assert job is not None
    time.sleep(0.03)
    assert session.usable, "nobody has looked yet"
    session.poll()
    assert not session.usable
    assert ask(session) is None
    assert session.intend(0, 0, None, hashes(1)) is None
    assert session.counters["breaker_opened_total"] == 1
    ping = peer.take(skip=(wire.LookupKeys, wire.Lookup))
    peer.answer(wire.Pong(ping.nonce))
    session.poll()
    assert session.usable
    session.poll()
    assert session.usable, "the same question opens it once"


def test_a_standing_heartbeat_stops_questions_and_keeps_the_session(
    session: SchedulerSession, sidecar: FakeSidecar
) -> None:
    peer = attached(session, sidecar)
    job = hit(session, peer)
    sidecar.beating = False
    until(lambda: not session.usable, 2.0)
    assert ask(session) is None
    session.release(job)
    assert peer.take() == wire.Release(job, 0)
    sidecar.beating = True
    until(lambda: session.usable, 2.0)
    assert session.boot == 1
    assert session.poll() == []


def test_a_full_ring_keeps_what_must_arrive(
    session: SchedulerSession, sidecar: FakeSidecar
) -> None:
    sidecar.lookup_deadline_ms = 60_000
    peer = attached(session, sidecar)
    jobs = [hit(session, peer) for _ in range(3)]
    sent = 0
    while ask(session, 64) is not None:
        sent += 1
    while session.intend(0, 0, None, hashes(3)) is not None:
        pass
    # Single aborts and cancels fill what is left.
    lookups = 0
    while not session._exchange._kept:
        lookups += 1
        session.cancel(jobs[-1] + lookups)
    assert session.intend(0, 0, None, hashes(1)) is None
    kept = len(session._exchange._kept)
    session.release(jobs[0], 2)
    session.release(jobs[0])
    session.release(jobs[1])
    assert len(session._exchange._kept) == kept + 2, "one word a job"
    assert session.counters["ring_full_total"] >= 2
    released: set[wire.Release] = set()
    deadline = time.monotonic() + 5
    while len(released) < 2 and time.monotonic() < deadline:
        for record_type, body in peer.requests.poll(1000):
            message = wire.decode(record_type, body)
            if isinstance(message, wire.Release):
                released.add(message)
        session.poll()
    assert released == {wire.Release(jobs[0], 0), wire.Release(jobs[1], 0)}


def test_after_a_death_leases_are_listed_and_all_else_ends(
    session: SchedulerSession, sidecar: FakeSidecar
) -> None:
    peer = attached(session, sidecar)
    first = sidecar.attaches[-1]
    assert (first.previous_session_id, len(first.leases)) == (0, 0)
    kept = hit(session, peer)
    gone = hit(session, peer)
    short = hit(session, peer)
    session.release(short, 1)
    peer.mark(1, kept, 3, 0)
    save = granted(session, peer)
    asked = ask(session)
    assert asked is not None
    sidecar.lost = [gone]
    sidecar.die()
    lost = expect(session, ev.SessionLost)
    assert lost == ev.SessionLost(1, frozenset({save, asked}))
    assert not session.usable
    session.commit(save, b"\x03")
    sidecar.start()
    again = expect(session, ev.Attached)
    assert again == ev.Attached(2, 1, frozenset({gone}))
    request = sidecar.attaches[-1]
    assert request.previous_session_id == peer.session_id
    assert {lease.job_id: lease.entries for lease in request.leases} == {
        kept: entries(4),
        gone: entries(4),
        short: entries(1),
    }
    assert session.usable
    assert session.verified(kept) == (3, ev.MarkState.STOPPED)
    assert session.verified(gone).entries == 0
    successor = sidecar.session()
    session.release(kept)
    assert successor.take() == wire.Release(kept, 0)


def test_what_was_verified_outlives_its_session(
    session: SchedulerSession, sidecar: FakeSidecar
) -> None:
    peer = attached(session, sidecar)
    job = hit(session, peer)
    peer.mark(1, job, 3, 0)
    sidecar.die()
    expect(session, ev.SessionLost)
    assert session.verified(job) == (3, ev.MarkState.STOPPED)
    sidecar.start()
    expect(session, ev.Attached)
    assert session.verified(job) == (3, ev.MarkState.STOPPED)


def test_a_lease_that_ended_unseen_is_released_in_the_new_session(
    session: SchedulerSession, sidecar: FakeSidecar
) -> None:
    """The attach thread's list was made before the release, which the old session was told."""
    peer = attached(session, sidecar)
    job = hit(session, peer)
    short = hit(session, peer)
    sidecar.die()
    sidecar.start()
    until(lambda: session._link.attaches_total == 2)
    assert session.boot == 1, "not adopted before the next poll"
    session.release(job)
    session.release(short, 3)
    expect(session, ev.Attached)
    successor = sidecar.session()
    assert {successor.take(), successor.take()} == {wire.Release(job, 0), wire.Release(short, 3)}


def test_another_arena_ends_every_lease(session: SchedulerSession, sidecar: FakeSidecar) -> None:
    peer = attached(session, sidecar)
    job = hit(session, peer)
    sidecar.die()
    sidecar.arena_id = b"Z" * 16
    sidecar.start()
    assert expect(session, ev.Attached).lost_jobs == {job}


def test_reset_confirmed(session: SchedulerSession, sidecar: FakeSidecar) -> None:
    peer = attached(session, sidecar)
    asked = ask(session)

    def confirm() -> None:
        reset = peer.take(skip=(wire.LookupKeys, wire.Lookup, wire.Cancel))
        peer.answer(wire.ResetDone(reset.job_id, reset.epoch + 1))

    answerer = threading.Thread(target=confirm)
    answerer.start()
    assert session.reset()
    answerer.join()
    assert session.epoch == 2
    answer = expect(session, ev.LookupAnswered)
    assert (answer.job, answer.status) == (asked, ev.LookupStatus.STALE_EPOCH)
    assert session.usable
    assert ask(session) is not None
    peer.take()
    assert peer.take().epoch == 2


def test_reset_unconfirmed_is_a_barrier(session: SchedulerSession, sidecar: FakeSidecar) -> None:
    peer = attached(session, sidecar)
    began = time.monotonic()
    assert not session.reset()
    assert 0.4 < time.monotonic() - began < 1.0
    assert not session.usable
    assert ask(session) is None
    first = peer.take()
    deadline = time.monotonic() + 3
    again: Any = None
    while again is None and time.monotonic() < deadline:
        session.poll()
        records = peer.requests.poll(1)
        again = wire.decode(*records[0]) if records else None
    assert isinstance(again, wire.Reset)
    assert again.job_id != first.job_id
    peer.answer(wire.ResetDone(again.job_id, 2))
    session.poll()
    assert session.usable
    assert session.epoch == 2


def test_reset_without_a_sidecar_is_told_at_the_next_attach(
    session: SchedulerSession, sidecar: FakeSidecar
) -> None:
    attached(session, sidecar)
    sidecar.die()
    expect(session, ev.SessionLost)
    began = time.monotonic()
    assert not session.reset()
    assert time.monotonic() - began < 0.1
    sidecar.epoch = 2
    sidecar.start()
    expect(session, ev.Attached)
    assert sidecar.attaches[-1].reset_pending
    assert sidecar.attaches[-1].previous_epoch == 1
    assert session.usable
    assert session.epoch == 2


def test_anothers_reset_stops_this_engine_until_its_own(
    session: SchedulerSession, sidecar: FakeSidecar, caplog: pytest.LogCaptureFixture
) -> None:
    peer = attached(session, sidecar)
    job = ask(session)
    assert job is not None
    peer.take()
    peer.take()
    peer.answer(wire.LookupAnswer(job, 0, 0, 0, 1, 7, ()))
    assert expect(session, ev.LookupAnswered).status is ev.LookupStatus.STALE_EPOCH
    assert not session.usable
    assert session.stale
    assert "another engine reset" in caplog.text

    def confirm() -> None:
        reset = peer.take()
        peer.answer(wire.ResetDone(reset.job_id, 5))

    answerer = threading.Thread(target=confirm)
    answerer.start()
    assert session.reset()
    answerer.join()
    assert session.usable
    assert session.epoch == 5


def test_closing_and_events(session: SchedulerSession, sidecar: FakeSidecar) -> None:
    peer = attached(session, sidecar)
    job = hit(session, peer)
    peer.answer(wire.Revoke(job), wire.Revoke(999), wire.Evicted(0, hashes(2)))
    seen: list[ev.Event] = []

    def both() -> bool:
        seen.extend(session.poll())
        return len(seen) >= 2

    until(both)
    assert seen == [ev.Revoked(job), ev.Evicted(0, hashes(2))]
    peer.answer(wire.Closing(0))
    session.poll()
    assert not session.usable
    session.release(job)
    assert peer.take() == wire.Release(job, 0)


def test_superseded_attaches_again(session: SchedulerSession, sidecar: FakeSidecar) -> None:
    peer = attached(session, sidecar)
    peer.answer(wire.Closing(2))
    expect(session, ev.SessionLost)
    expect(session, ev.Attached)


def test_wait_wakes_for_an_answer(session: SchedulerSession, sidecar: FakeSidecar) -> None:
    peer = attached(session, sidecar)
    peer.answer(wire.Evicted(0, hashes(1)))
    began = time.monotonic()
    session.wait(5.0)
    assert time.monotonic() - began < 1.0
    session.poll()
    began = time.monotonic()
    session.wait(0.05)
    assert 0.04 < time.monotonic() - began < 1.0


def test_a_second_thread_is_an_assertion(session: SchedulerSession, sidecar: FakeSidecar) -> None:
    attached(session, sidecar)
    failures: list[BaseException] = []

    def misuse() -> None:
        try:
            session.poll()
        except AssertionError as error:
            failures.append(error)

    thread = threading.Thread(target=misuse)
    thread.start()
    thread.join()
    assert "one thread owns a session" in str(failures[0])


def test_a_forked_child_refuses_its_parents_session(
    session: SchedulerSession, sidecar: FakeSidecar
) -> None:
    peer = attached(session, sidecar)
    assert session.usable
    child = os.fork()
    if child == 0:
        refused = (
            not session.usable
            and ask(session) is None
            and session.poll() == []
            and not session.reset()
        )
        os._exit(0 if refused else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert peer.nothing_came()
    assert session.usable


def test_detach_on_close(session: SchedulerSession, sidecar: FakeSidecar) -> None:
    attached(session, sidecar)
    session.close()
    until(lambda: not sidecar._by_id)
    assert not session.usable


def test_refusals_are_told_and_tried_again(
    sidecar: FakeSidecar, caplog: pytest.LogCaptureFixture
) -> None:
    line = "uid 7 is not allowed, the sidecar runs as uid 8: --allow-uid 7"
    sidecar.refusal = (grpc.StatusCode.PERMISSION_DENIED, line)
    session = SchedulerSession(attach_spec(), socket_path=sidecar.path, log=LOG)
    session.start()
    until(lambda: session.counters["sidecar_refused_total"] >= 2)
    assert caplog.text.count("--allow-uid 7") == 1
    sidecar.refusal = None
    sidecar.warnings = ["this and that engine can't share"]
    expect(session, ev.Attached)
    until(lambda: "this and that engine can't share" in caplog.text)
    session.close()


def test_a_lock_that_is_not_seen_is_no_session(sidecar: FakeSidecar) -> None:
    sidecar.confirms = False
    session = SchedulerSession(attach_spec(), socket_path=sidecar.path, log=LOG)
    session.start()
    until(lambda: session.counters["sidecar_refused_total"] >= 1)
    session.poll()
    assert session.boot == 0
    sidecar.confirms = True
    expect(session, ev.Attached)
    session.close()


def test_the_heartbeat_is_where_the_spec_says() -> None:
    assert Session.HEARTBEAT == 192
