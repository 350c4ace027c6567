# SPDX-License-Identifier: Apache-2.0
"""One session that stands: what the attach thread hands to the thread that uses it. Immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from moonpool.client.arena import ArenaMapping
from moonpool.protocol.headers import HeaderTable
from moonpool.protocol.session_file import SessionFile


@dataclass(frozen=True, slots=True)
class Resume:
    """What a process tells of its earlier session when it attaches again."""

    epoch: int = 0
    leases: Mapping[int, bytes] = field(default_factory=dict)
    reset_pending: bool = False
    reset_serial: int = 0


@dataclass(frozen=True, slots=True)
class Attachment:
    """A session that is ready, with the views of its files."""

    boot: int
    session_id: int
    epoch: int
    boot_id: bytes
    arena_id: bytes
    doorbell_tag: int
    lost_jobs: frozenset[int]
    lookup_deadline_seconds: float
    verify_bytes_per_second: int
    lease_budget_bytes: int
    resume: Resume
    session: SessionFile
    lock_descriptor: int
    doorbell: memoryview | None
    headers: HeaderTable | None
    arena: ArenaMapping | None


@dataclass(frozen=True, slots=True)
class LinkState:
    """What the attach thread knows; replaced whole, so that one load of it is consistent."""

    attachment: Attachment | None = None
    connected: bool = False
    beating: bool = False
