# SPDX-License-Identifier: Apache-2.0
"""What a process says of itself when it attaches (docs/spec/04-control.md). Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

HASH_BYTES = 32


class Role(IntEnum):
    """What the process does in its engine."""

    SCHEDULER = 1
    WORKER = 2


class GroupKind(IntEnum):
    """How the blocks of a group make a hit."""

    FULL = 1
    WINDOW = 2


@dataclass(frozen=True, slots=True)
class Shard:
    """The part of a block that one slot holds, named by what it is and never by rank."""

    layer_first: int
    layer_count: int
    head_first: int
    head_count: int
    slot_bytes: int


@dataclass(frozen=True, slots=True)
class KvGroup:
    """The layers that share one block table, with the shards of one of their blocks."""

    group: int
    kind: GroupKind
    block_tokens: int
    shards: tuple[Shard, ...]
    window_blocks: int = 0


@dataclass(frozen=True, slots=True)
class HashVector:
    """The engine's hash of tokens 0, 1, 2, … as a first block: engines that differ can't share."""

    algorithm: str
    hash_bytes: int
    block_tokens: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Namespace:
    """Who may share bytes (docs/spec/05-identity.md)."""

    digest: bytes
    canonical_json: str
    label: str
    private_to_engine: bool = False


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """What the engine's user wrote about the pool, in Mooncake's words."""

    origin: str
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AttachSpec:
    """Everything that one process of an engine tells the sidecar."""

    client: str
    engine_id: str
    role: Role
    rank: int
    world_size: int
    tenant: str
    namespace: Namespace
    groups: tuple[KvGroup, ...]
    hash_vector: HashVector
    wants_events: bool = False
    pool: PoolSettings | None = None


@dataclass(frozen=True, slots=True)
class GroupKeys:
    """Hashes of consecutive blocks of one group, 32 bytes each, left-aligned and zero-padded."""

    group: int
    first_block: int
    hashes: bytes
