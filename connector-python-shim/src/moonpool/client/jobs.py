# SPDX-License-Identifier: Apache-2.0
"""The jobs of one scheduler session. Owned by its thread; the attach thread takes copies of
`leases`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from moonpool.client.events import Mark
from moonpool.protocol.layout import ENTRY_BYTES
from moonpool.protocol.wire import Entries


class Lease(NamedTuple):
    """Slots pinned for a job. `frozen` is set when the session that verified them is gone."""

    entries: bytes
    cell: int
    frozen: Mark | None = None

    @property
    def entry_count(self) -> int:
        return len(self.entries) // ENTRY_BYTES


@dataclass(slots=True)
class Question:
    """A lookup or intend that was sent, until its answer."""

    epoch: int
    blocks: int
    entries_max: int
    deadline: float = math.inf
    parts: list[bytes] = field(default_factory=list)
    entries: int = 0

    def take(self, part: Entries) -> bool:
        """Adds a part of the answer's slot list; False when no honest sidecar sends it."""
        self.entries += len(part.entries) // ENTRY_BYTES
        in_order = part.first_entry + len(part.entries) // ENTRY_BYTES == self.entries
        self.parts.append(part.entries)
        return in_order and self.entries <= self.entries_max


class Jobs:
    """What is asked, granted and leased."""

    def __init__(self) -> None:
        self.lookups: dict[int, Question] = {}
        self.intents: dict[int, Question] = {}
        self.grants: set[int] = set()
        self.commits: set[int] = set()
        self.leases: dict[int, Lease] = {}

    def question(self, job: int) -> Question | None:
        return self.lookups.get(job) or self.intents.get(job)

    def lose(self) -> frozenset[int]:
        """The session is gone: all but leases ends."""
        lost = frozenset((*self.lookups, *self.intents, *self.grants, *self.commits))
        self.lookups.clear()
        self.intents.clear()
        self.grants.clear()
        self.commits.clear()
        return lost

    def listed(self) -> dict[int, bytes]:
        """The leases, for another thread: the copy is one operation of the interpreter."""
        return {job: lease.entries for job, lease in self.leases.copy().items()}
