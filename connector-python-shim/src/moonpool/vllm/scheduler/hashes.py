# SPDX-License-Identifier: Apache-2.0
"""A request's block hashes as the pool's keys: packed once, 32 bytes each, per group."""

import hashlib
from collections.abc import Sequence
from typing import Any

from moonpool.client.spec import HASH_BYTES, GroupKeys
from moonpool.vllm.groups import GroupPlan, StoredGroup


class PackedHashes:
    """Grows with the request. A group with larger blocks takes the last hash of each: it covers the
    whole prefix.
    """

    def __init__(self, plan: GroupPlan, adapter: bytes | None = None) -> None:
        self._plan = plan
        self._adapter = adapter
        self._taken = 0
        self._packed = bytearray()

    def take(self, block_hashes: Sequence[Any]) -> None:
        """Pack the hashes that are new since the last call."""
        fresh = block_hashes[self._taken :]
        if fresh:
            self._packed += b"".join(map(self._key, fresh))
            self._taken += len(fresh)

    def _key(self, block_hash: bytes) -> bytes:
        """The engine hashes an adapter's name, but not its content: that is added here."""
        if self._adapter is not None:
            return hashlib.sha256(self._adapter + block_hash).digest()
        return bytes(block_hash).ljust(HASH_BYTES, b"\0")

    def blocks(self, group: StoredGroup) -> int:
        return self._taken // group.hashes_per_block

    def run(self, group: StoredGroup, first: int, end: int) -> bytes:
        """The keys of blocks first..end-1 of a group."""
        stride = group.hashes_per_block
        if stride == 1:
            return bytes(self._packed[first * HASH_BYTES : end * HASH_BYTES])
        return b"".join(self.run_one(group, block) for block in range(first, end))

    def run_one(self, group: StoredGroup, block: int) -> bytes:
        at = ((block + 1) * group.hashes_per_block - 1) * HASH_BYTES
        return bytes(self._packed[at : at + HASH_BYTES])

    def keys(self, from_tokens: int, to_tokens: int) -> list[GroupKeys]:
        """All groups' keys of the blocks between two boundaries."""
        return [
            GroupKeys(
                group.index,
                group.blocks(from_tokens),
                self.run(group, group.blocks(from_tokens), group.blocks(to_tokens)),
            )
            for group in self._plan.groups
        ]
