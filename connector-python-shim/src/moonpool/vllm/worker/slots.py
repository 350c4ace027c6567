# SPDX-License-Identifier: Apache-2.0
"""A plan's blocks as moves of this rank's shard, and the headers that must be as granted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from moonpool.vllm.copier import Move
from moonpool.vllm.plan import Blocks
from moonpool.vllm.regions import GroupRegion
from moonpool.vllm.shards import Holding


@dataclass(frozen=True)
class RankView:
    """Where this rank keeps its share of every group."""

    regions: tuple[GroupRegion, ...]
    holdings: tuple[Holding, ...]


@dataclass(frozen=True)
class Piece:
    """This rank's share of some blocks: what to move, and the words that the slots' headers must
    show.
    """

    move: Move
    slots: npt.NDArray[np.uint32]
    words: npt.NDArray[np.uint64]

    def sound(self, session: Any) -> npt.NDArray[np.bool_]:
        """Which of the slots still hold what the sidecar granted."""
        return np.asarray(session.words(self.slots)) == self.words

    def only(self, kept: npt.NDArray[np.bool_]) -> "Piece":
        if kept.all():
            return self
        move = Move(self.move.region, self.move.block_ids[kept], self.move.offsets[kept])
        return Piece(move, self.slots[kept], self.words[kept])


def piece(view: RankView, blocks: Blocks, *, writing: bool) -> Piece:
    """All of the blocks to read; of the blocks to write those that fall to this replica of the
    shard.
    """
    region, held = view.regions[blocks.group], view.holdings[blocks.group]
    ids, entries = blocks.block_ids(), blocks.shard(held.shard)
    if writing and held.replicas > 1:
        ids, entries = ids[held.replica :: held.replicas], entries[held.replica :: held.replicas]
    sizes = entries["bytes"]
    fits = (sizes == region.block_bytes).all() and (ids < region.block_count).all()
    assert fits, (
        f"plan does not fit this rank: group={blocks.group}, slot bytes={sizes}, block "
        f"bytes={region.block_bytes}"
    )
    offsets = np.ascontiguousarray(entries["offset"])
    return Piece(
        Move(region, ids, offsets),
        np.ascontiguousarray(entries["slot"]),
        np.ascontiguousarray(entries["word"]),
    )


def inside(arena: Any, pieces: Sequence[Piece]) -> bool:
    """A plan that points outside of the mapping is not followed."""
    return all(
        int(p.move.offsets.max(initial=0)) + p.move.region.block_bytes <= arena.nbytes
        for p in pieces
    )
