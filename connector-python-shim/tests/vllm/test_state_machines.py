# SPDX-License-Identifier: Apache-2.0
"""Both tables: every event that can come in a state is there, and what must never be skipped is
not.
"""

import itertools

import pytest
from moonpool.vllm.scheduler import lease, save_job
from moonpool.vllm.scheduler.lease import Farewell, Lease, LeaseEvent, LeaseState
from moonpool.vllm.scheduler.save_job import SaveEvent, SaveJob, SaveState, Verdict

LEASE_IMPOSSIBLE = {
    (LeaseState.REQUESTED, LeaseEvent.ALLOCATED),
    (LeaseState.REQUESTED, LeaseEvent.DISPATCHED),
    (LeaseState.REQUESTED, LeaseEvent.REPORTED),
    (LeaseState.GRANTED, LeaseEvent.HIT),
    (LeaseState.GRANTED, LeaseEvent.MISS),
    (LeaseState.GRANTED, LeaseEvent.DISPATCHED),
    (LeaseState.GRANTED, LeaseEvent.REPORTED),
    (LeaseState.PLANNED, LeaseEvent.HIT),
    (LeaseState.PLANNED, LeaseEvent.MISS),
    (LeaseState.PLANNED, LeaseEvent.ALLOCATED),
    (LeaseState.PLANNED, LeaseEvent.REPORTED),
    (LeaseState.COPYING, LeaseEvent.HIT),
    (LeaseState.COPYING, LeaseEvent.MISS),
    (LeaseState.COPYING, LeaseEvent.ALLOCATED),
    (LeaseState.COPYING, LeaseEvent.DISPATCHED),
    (LeaseState.RELEASED, LeaseEvent.ALLOCATED),
    (LeaseState.RELEASED, LeaseEvent.DISPATCHED),
    (LeaseState.RELEASED, LeaseEvent.REPORTED),
}


def make_lease(state: LeaseState) -> Lease:
    return Lease(1, 0, asked_at=0.0, deadline=0.0, latest=0.0, beat=0, beat_at=0.0, state=state)


def make_save(state: SaveState) -> SaveJob:
    return SaveJob(1, "r", 0, 0, [1], b"", 1, 0.0, 0.0, state=state)


@pytest.mark.parametrize(("state", "event"), itertools.product(LeaseState, LeaseEvent))
def test_lease_table_covers_every_event(state: LeaseState, event: LeaseEvent) -> None:
    if (state, event) in LEASE_IMPOSSIBLE:
        with pytest.raises(
            lease.ImpossibleTransition, match=f"state={state.name}, event={event.name}"
        ):
            make_lease(state).apply(event)
    else:
        make_lease(state).apply(event)


def test_a_lease_that_may_be_read_ends_with_the_reports_only() -> None:
    for state in (LeaseState.PLANNED, LeaseState.COPYING):
        for event in (LeaseEvent.DROPPED, LeaseEvent.LOST):
            held = make_lease(state)
            assert held.apply(event) is Farewell.NOTHING
            assert held.state is state


def test_each_way_out_of_a_lease_says_goodbye_once() -> None:
    owed = {(s, e): f for (s, e), (_, f) in lease.TRANSITIONS.items() if f is not Farewell.NOTHING}
    assert owed == {
        (LeaseState.REQUESTED, LeaseEvent.DROPPED): Farewell.CANCEL,
        (LeaseState.GRANTED, LeaseEvent.DROPPED): Farewell.RELEASE,
        (LeaseState.COPYING, LeaseEvent.REPORTED): Farewell.RELEASE,
    }


def test_only_sound_copies_are_committed() -> None:
    commits = [
        key for key, (_, verdict) in save_job.TRANSITIONS.items() if verdict is Verdict.COMMIT
    ]
    assert commits == [(SaveState.COPIED, SaveEvent.SOUND)]


def test_slots_are_given_back_only_when_nobody_copies() -> None:
    aborts = {
        state
        for (state, event), (_, v) in save_job.TRANSITIONS.items()
        if v is Verdict.ABORT and event not in (SaveEvent.REPORTED, SaveEvent.SPOILED)
    }
    assert SaveState.COPYING not in aborts
    assert SaveState.DOOMED not in aborts


@pytest.mark.parametrize("state", [s for s in SaveState if s is not SaveState.ENDED])
def test_taint_and_loss_can_come_at_any_time(state: SaveState) -> None:
    make_save(state).apply(SaveEvent.TAINTED)
    make_save(state).apply(SaveEvent.LOST)


def test_an_impossible_save_event_is_named() -> None:
    with pytest.raises(save_job.ImpossibleTransition, match="state=INTENDED, event=SOUND"):
        make_save(SaveState.INTENDED).apply(SaveEvent.SOUND)


def test_a_sidecar_that_stands_is_waited_for_until_the_deadline() -> None:
    held = make_lease(LeaseState.REQUESTED)
    held.until(1.0, latest=2.0)
    assert held.worth_waiting(now=0.9, beat=0, silence=0.5)
    assert not held.worth_waiting(now=1.0, beat=0, silence=0.5)


def test_a_sidecar_that_turns_is_waited_for_until_the_latest_moment() -> None:
    held = make_lease(LeaseState.GRANTED)
    held.until(1.0, latest=2.0)
    looks = [held.worth_waiting(now=1.0 + i / 10, beat=i, silence=0.5) for i in range(1, 15)]
    assert looks == [True] * 9 + [False] * 5


def test_a_sidecar_that_stops_is_waited_for_while_its_silence_is_short() -> None:
    held = make_lease(LeaseState.GRANTED)
    held.until(1.0, latest=2.0)
    assert held.worth_waiting(now=1.1, beat=7, silence=0.5)
    assert held.worth_waiting(now=1.5, beat=7, silence=0.5)
    assert not held.worth_waiting(now=1.6, beat=7, silence=0.5)


def test_a_verification_that_gets_on_is_given_more_time() -> None:
    held = make_lease(LeaseState.GRANTED)
    held.until(1.0, latest=2.0)
    held.advanced(0, latest=2.9)
    assert not held.worth_waiting(now=2.1, beat=1, silence=0.5), "it stands still"
    held.advanced(3, latest=3.1)
    assert held.worth_waiting(now=2.2, beat=2, silence=0.5)
    held.advanced(3, latest=3.9)
    assert not held.worth_waiting(now=3.2, beat=3, silence=0.5), "it has stopped"
