# SPDX-License-Identifier: Apache-2.0
"""What `SchedulerSession.poll` tells, in the order in which it became true."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from moonpool.protocol.wire import AnswerGroup


class LookupStatus(IntEnum):
    OK = 0
    STALE_EPOCH = 1
    MALFORMED = 2
    CANCELLED = 3


class MissReason(IntEnum):
    """Why a hit is not longer."""

    NONE = 0
    NEVER_STORED = 1
    EVICTED = 2
    IN_PROGRESS = 3
    CORRUPT = 4
    OVER_BUDGET = 5
    WINDOW = 6
    RESET = 7


class IntendStatus(IntEnum):
    OK = 0
    STALE_EPOCH = 1
    MALFORMED = 2


class Verdict(IntEnum):
    """One byte of `IntendAnswered.verdicts`."""

    GRANTED = 0
    HAVE = 1
    BUSY = 2
    NO_SPACE = 3


class MarkState(IntEnum):
    VERIFYING = 0
    COMPLETE = 1
    FAILED = 2
    STOPPED = 3
    """The lease outlived its session: nothing above the mark will ever be verified."""


class Mark(NamedTuple):
    """How much of a lease was verified. Never promise an entry at or above `entries`."""

    entries: int
    state: MarkState


LeasedGroup = AnswerGroup
"""Which blocks of a group the entries of an answer are."""


class LookupAnswered(NamedTuple):
    """The answer to `lookup`. With entries it is a lease, which lasts until `release` or `cancel`.

    `entries` is a run of `layout.ENTRY` records in the order of `groups`: block by block, shard by
    shard. They mean slots of the arena file `arena_id` and of no other: a worker compares it with
    its `Arena.file_id`.
    """

    job: int
    status: LookupStatus
    hit_tokens: int
    miss_reason: MissReason
    groups: tuple[LeasedGroup, ...]
    entries: bytes
    arena_id: bytes = b""


class LookupStaged(NamedTuple):
    """Blocks of a lookup are on their way to this host: its answer comes within so many seconds."""

    job: int
    wait_seconds: float


class IntendAnswered(NamedTuple):
    """The answer to `intend`: one verdict a block, and one entry a shard of each granted block."""

    job: int
    status: IntendStatus
    verdicts: bytes
    entries: bytes
    arena_id: bytes = b""


@dataclass(frozen=True, slots=True)
class Committed:
    """The sidecar has checksummed a commit; `stored` of its blocks became visible."""

    job: int
    stored: int


@dataclass(frozen=True, slots=True)
class Evicted:
    """Objects that left. A hint: some may never be told."""

    group: int
    hashes: bytes


@dataclass(frozen=True, slots=True)
class Revoked:
    """The sidecar asks for a job's slots: abort or release it as soon as nobody copies for it."""

    job: int


@dataclass(frozen=True, slots=True)
class SessionLost:
    """The session `boot` grants nothing any more.

    `jobs` were waiting for an answer, or held grants: they ended, nothing more comes for them, and
    whoever copies for them should stop. Leases are not among them: what is leased may be loaded,
    the header words tell.
    """

    boot: int
    jobs: frozenset[int]


@dataclass(frozen=True, slots=True)
class Attached:
    """A new session stands. `lost_jobs` are the leases that could not be carried over to it."""

    boot: int
    epoch: int
    lost_jobs: frozenset[int]


Event = (
    LookupAnswered
    | LookupStaged
    | IntendAnswered
    | Committed
    | Evicted
    | Revoked
    | SessionLost
    | Attached
)
