# SPDX-License-Identifier: Apache-2.0
"""What the tests say of themselves when they attach."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable

from moonpool.client.scheduler import SchedulerSession
from moonpool.client.spec import (
    AttachSpec,
    GroupKeys,
    GroupKind,
    HashVector,
    KvGroup,
    Namespace,
    Role,
    Shard,
)

BLOCK_TOKENS = 16
SLOT_BYTES = 4096


def attach_spec(
    role: Role = Role.SCHEDULER,
    *,
    engine: str = "engine-a",
    model: str = "model",
    slot_bytes: int = SLOT_BYTES,
    wants_events: bool = False,
) -> AttachSpec:
    """One full group of one shard."""
    canonical = json.dumps({"model": model}, sort_keys=True, separators=(",", ":"))
    return AttachSpec(
        client="moonpool-tests",
        engine_id=engine,
        role=role,
        rank=0,
        world_size=1,
        tenant="",
        namespace=Namespace(hashlib.sha256(canonical.encode()).digest(), canonical, model),
        groups=(KvGroup(0, GroupKind.FULL, BLOCK_TOKENS, (Shard(0, 1, 0, 1, slot_bytes),)),),
        hash_vector=HashVector("sha256", 32, BLOCK_TOKENS, b"v" * 32),
        wants_events=wants_events,
    )


def hashes(count: int, seed: str = "", first: int = 0) -> bytes:
    """As many block hashes, the same for the same seed."""
    return b"".join(
        hashlib.sha256(f"{seed}/{index}".encode()).digest() for index in range(first, first + count)
    )


def keys(count: int, seed: str = "") -> list[GroupKeys]:
    return [GroupKeys(0, 0, hashes(count, seed))]


def ask(session: SchedulerSession, count: int = 4, seed: str = "") -> int | None:
    """Looks these blocks up from token 0."""
    return session.lookup(
        keys(count, seed),
        local_tokens=0,
        max_tokens=count * BLOCK_TOKENS,
        align_tokens=BLOCK_TOKENS,
    )


def until(condition: Callable[[], object], seconds: float = 5.0, what: str = "") -> None:
    """Waits for the condition to hold."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what or condition}")
        time.sleep(0.005)
