# SPDX-License-Identifier: Apache-2.0
"""The life of one save: a run of blocks of one request in one group.

    INTENDED ──granted──▶ GRANTED ──metadata──▶ COPYING ──all ranks──▶ COPIED ──sound──▶ ENDED
    (commit)
        │                    │                     │ tainted              │ tainted
        └────────────────────┴──▶ ENDED (abort)    └─▶ DOOMED ─all ranks─▶ ENDED (abort)

While COPYING or DOOMED, workers may be writing to the slots: only their reports end it.
"""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from moonpool.vllm.plan import Blocks


class SaveState(Enum):
    INTENDED = auto()
    GRANTED = auto()
    COPYING = auto()
    DOOMED = auto()
    COPIED = auto()
    ENDED = auto()


class SaveEvent(Enum):
    GRANT = auto()  # slots for at least one block
    REFUSAL = auto()  # no slots: everything is there, busy, or there is no space
    DISPATCHED = auto()  # the copy plan is in a step's metadata
    REPORTED = auto()  # every rank has copied its part
    SPOILED = auto()  # every rank has reported, and one could not copy
    SOUND = auto()  # every step up to the blocks' own came back without a load failure
    TAINTED = auto()  # the blocks may be computed on bad input, or nobody wants them
    LOST = auto()  # the sidecar no longer knows the job


class Verdict(Enum):
    """What is owed to the sidecar on a transition."""

    NOTHING = auto()
    COMMIT = auto()
    ABORT = auto()


_S, _E, _V = SaveState, SaveEvent, Verdict

TRANSITIONS: dict[tuple[SaveState, SaveEvent], tuple[SaveState, Verdict]] = {
    (_S.INTENDED, _E.GRANT): (_S.GRANTED, _V.NOTHING),
    (_S.INTENDED, _E.REFUSAL): (_S.ENDED, _V.NOTHING),
    (_S.INTENDED, _E.TAINTED): (_S.ENDED, _V.ABORT),
    (_S.INTENDED, _E.LOST): (_S.ENDED, _V.NOTHING),
    (_S.GRANTED, _E.DISPATCHED): (_S.COPYING, _V.NOTHING),
    (_S.GRANTED, _E.TAINTED): (_S.ENDED, _V.ABORT),
    (_S.GRANTED, _E.LOST): (_S.ENDED, _V.NOTHING),
    (_S.COPYING, _E.REPORTED): (_S.COPIED, _V.NOTHING),
    (_S.COPYING, _E.SPOILED): (_S.ENDED, _V.ABORT),
    (_S.COPYING, _E.TAINTED): (_S.DOOMED, _V.NOTHING),
    (_S.COPYING, _E.LOST): (_S.DOOMED, _V.NOTHING),
    (_S.DOOMED, _E.REPORTED): (_S.ENDED, _V.ABORT),
    (_S.DOOMED, _E.SPOILED): (_S.ENDED, _V.ABORT),
    (_S.DOOMED, _E.TAINTED): (_S.DOOMED, _V.NOTHING),
    (_S.DOOMED, _E.LOST): (_S.DOOMED, _V.NOTHING),
    (_S.COPIED, _E.SOUND): (_S.ENDED, _V.COMMIT),
    (_S.COPIED, _E.TAINTED): (_S.ENDED, _V.ABORT),
    (_S.COPIED, _E.LOST): (_S.ENDED, _V.NOTHING),
}


class ImpossibleTransition(AssertionError):
    """A bug of ours: an event that cannot happen in this state."""


@dataclass(slots=True)
class SaveJob:
    """Blocks of one request on their way into the pool. `pinned` are the engine's blocks it still
    references.
    """

    job: int
    request_id: str
    group: int
    first_block: int
    block_ids: list[int]
    hashes: bytes = field(repr=False)
    step: int
    deadline: float
    asked_at: float
    pinned: list[int] = field(default_factory=list)
    granted: Blocks | None = None
    granted_count: int = 0
    event: Any = None
    state: SaveState = SaveState.INTENDED

    def apply(self, event: SaveEvent) -> Verdict:
        step = TRANSITIONS.get((self.state, event))
        if step is None:
            raise ImpossibleTransition(
                f"save: job={self.job}, state={self.state.name}, event={event.name}"
            )
        self.state, verdict = step
        return verdict
