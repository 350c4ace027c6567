# SPDX-License-Identifier: Apache-2.0
"""What the scheduler half remembers of one request."""

from dataclasses import dataclass, field
from typing import Any

from moonpool.vllm.scheduler.hashes import PackedHashes
from moonpool.vllm.scheduler.lease import Lease


@dataclass(slots=True)
class Promise:
    """What was answered to the engine, to be repeated until it acts on it."""

    local_tokens: int
    tokens: int
    asynchronous: bool
    until: float


@dataclass(slots=True, eq=False)
class TrackedRequest:
    """One request from its first hook to its end. Another life of the same id gets a new object."""

    request: Any
    hashes: PackedHashes
    prefill_tokens: int
    saved: list[int]
    bypass: bool = False
    unsaveable: bool = False
    lease: Lease | None = None
    promise: Promise | None = None
    waiting_since: float | None = None
    tables: list[list[int]] | None = field(default=None, repr=False)

    @property
    def request_id(self) -> str:
        return str(self.request.request_id)

    def rewind(self) -> None:
        """Forget what was saved: it may have to be offered again."""
        self.saved = [0] * len(self.saved)
