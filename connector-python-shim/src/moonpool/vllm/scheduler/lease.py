# SPDX-License-Identifier: Apache-2.0
"""The life of one lookup and of the lease that answers it, keyed by a job id that never repeats.

    REQUESTED ──hit──▶ GRANTED ──alloc──▶ PLANNED ──metadata──▶ COPYING ──all ranks──▶ RELEASED
        │                 │
        └── miss, or the request lost interest: CANCEL ─┴─ RELEASE ─▶ RELEASED

After PLANNED only the workers' reports end it: a copy may be running, whatever became of the
request.
"""

from dataclasses import dataclass, field
from enum import Enum, auto

from moonpool.client.events import LeasedGroup, LookupAnswered


class LeaseState(Enum):
    REQUESTED = auto()
    GRANTED = auto()
    PLANNED = auto()
    COPYING = auto()
    RELEASED = auto()


class LeaseEvent(Enum):
    HIT = auto()  # the answer came with entries
    MISS = auto()  # the answer came without
    DROPPED = auto()  # superseded, declined, expired, revoked, reset, or the request ended
    ALLOCATED = auto()  # the engine gave blocks to load into
    DISPATCHED = auto()  # the plan is in a step's metadata
    REPORTED = auto()  # every rank has reported
    LOST = auto()  # the sidecar no longer knows the job


class Farewell(Enum):
    """What is owed to the sidecar on a transition."""

    NOTHING = auto()
    CANCEL = auto()
    RELEASE = auto()


_S, _E, _F = LeaseState, LeaseEvent, Farewell

TRANSITIONS: dict[tuple[LeaseState, LeaseEvent], tuple[LeaseState, Farewell]] = {
    (_S.REQUESTED, _E.HIT): (_S.GRANTED, _F.NOTHING),
    (_S.REQUESTED, _E.MISS): (_S.RELEASED, _F.NOTHING),
    (_S.REQUESTED, _E.DROPPED): (_S.RELEASED, _F.CANCEL),
    (_S.REQUESTED, _E.LOST): (_S.RELEASED, _F.NOTHING),
    (_S.GRANTED, _E.ALLOCATED): (_S.PLANNED, _F.NOTHING),
    (_S.GRANTED, _E.DROPPED): (_S.RELEASED, _F.RELEASE),
    (_S.GRANTED, _E.LOST): (_S.RELEASED, _F.NOTHING),
    (_S.PLANNED, _E.DISPATCHED): (_S.COPYING, _F.NOTHING),
    (_S.PLANNED, _E.DROPPED): (_S.PLANNED, _F.NOTHING),
    (_S.PLANNED, _E.LOST): (_S.PLANNED, _F.NOTHING),
    (_S.COPYING, _E.REPORTED): (_S.RELEASED, _F.RELEASE),
    (_S.COPYING, _E.DROPPED): (_S.COPYING, _F.NOTHING),
    (_S.COPYING, _E.LOST): (_S.COPYING, _F.NOTHING),
    (_S.RELEASED, _E.HIT): (_S.RELEASED, _F.NOTHING),
    (_S.RELEASED, _E.MISS): (_S.RELEASED, _F.NOTHING),
    (_S.RELEASED, _E.DROPPED): (_S.RELEASED, _F.NOTHING),
    (_S.RELEASED, _E.LOST): (_S.RELEASED, _F.NOTHING),
}


class ImpossibleTransition(AssertionError):
    """A bug of ours: an event that cannot happen in this state."""


@dataclass(slots=True)
class Lease:
    """One lookup of one request. Only `apply` changes its state."""

    job: int
    local_tokens: int
    asked_at: float
    deadline: float
    latest: float
    beat: int
    beat_at: float
    state: LeaseState = LeaseState.REQUESTED
    hit_tokens: int = 0
    verified: int = 0
    slept_at: int = -1
    fetched_until: float = 0.0
    groups: tuple[LeasedGroup, ...] = ()
    entries: bytes = field(default=b"", repr=False)

    def apply(self, event: LeaseEvent) -> Farewell:
        step = TRANSITIONS.get((self.state, event))
        if step is None:
            raise ImpossibleTransition(
                f"lease: job={self.job}, state={self.state.name}, event={event.name}"
            )
        self.state, farewell = step
        return farewell

    def grant(self, answer: LookupAnswered) -> None:
        self.hit_tokens = answer.hit_tokens
        self.groups = answer.groups
        self.entries = answer.entries

    def until(self, deadline: float, latest: float) -> None:
        """How long to wait for what comes next."""
        self.deadline, self.latest = deadline, latest

    def advanced(self, verified: int, latest: float) -> None:
        """A verification that gets on is given more time, one that stands still is not."""
        if verified > self.verified:
            self.verified = verified
            self.latest = max(self.latest, latest)

    def gets_on(self, now: float) -> bool:
        """Whether the sidecar is busy with it: within the time that it said a fetch would take, or
        having verified more since this was asked last. One that stands still is not slept for.
        """
        if self.state is LeaseState.REQUESTED:
            return now < self.fetched_until
        if self.state is not LeaseState.GRANTED or self.verified == self.slept_at:
            return False
        self.slept_at = self.verified
        return True

    def worth_waiting(self, now: float, beat: int, silence: float) -> bool:
        """Until the deadline; then until the latest moment, unless the sidecar's heart has not been
        seen to beat for so long: on a busy machine it takes longer, and still less than the prefill
        that it saves.
        """
        if beat != self.beat:
            self.beat, self.beat_at = beat, now
        return now < self.deadline or (now < self.latest and now - self.beat_at < silence)
