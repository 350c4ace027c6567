# SPDX-License-Identifier: Apache-2.0
"""References on the engine's blocks, so that nobody overwrites what is being copied."""

from collections.abc import Sequence
from typing import Any

NULL_BLOCK = 0


class BlockPins:
    """Touches and frees blocks in the engine's pool. Engines without a bound pool keep finished
    requests instead.
    """

    def __init__(self) -> None:
        self._pool: Any = None
        self._held = 0

    def bind(self, pool: Any) -> None:
        self._pool = pool

    @property
    def bound(self) -> bool:
        return self._pool is not None

    @property
    def held(self) -> int:
        return self._held

    def take(self, block_ids: Sequence[int]) -> None:
        assert NULL_BLOCK not in block_ids, (
            "the null block belongs to everybody and is never referenced"
        )
        self._held += len(block_ids)
        if self._pool is not None:
            self._pool.touch([self._pool.blocks[block_id] for block_id in block_ids])

    def drop(self, block_ids: Sequence[int]) -> None:
        """Tail first, so that the engine evicts the shared beginning of a prompt last."""
        self._held -= len(block_ids)
        if self._pool is not None:
            self._pool.free_blocks(
                [self._pool.blocks[block_id] for block_id in reversed(block_ids)]
            )

    def forget_cached(self) -> None:
        """Empty the engine's own prefix cache; running requests keep their blocks.

        Which cached blocks were computed on failed ones cannot be told: their requests may be gone
        already.
        """
        if self._pool is not None and hasattr(self._pool, "evict_blocks"):
            self._pool.evict_blocks(
                {b.block_id for b in self._pool.blocks if b.block_hash is not None}
            )
