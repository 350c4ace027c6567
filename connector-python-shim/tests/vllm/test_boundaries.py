# SPDX-License-Identifier: Apache-2.0
"""Where a hit ends and what is loaded for it: the protocol's rule against vLLM's own coordinator,
on random contents.
"""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moonpool.client.spec import GroupKind, KvGroup, Shard
from moonpool.vllm.groups import GroupPlan, StoredGroup, _stored_group
from moonpool.vllm.scheduler.hashes import PackedHashes
from moonpool.vllm.scheduler.loads import _needed
from sim.pool import SimPool, SimSchedulerSession
from sim.setups import BLOCK, full_group, window_group
from vllm.distributed.kv_transfer.kv_connector.v1.mooncake.store.coordinator import (
    ExternalCachedBlockPool,
    MooncakeStoreCoordinator,
)
from vllm.v1.core.kv_cache_utils import BlockHash

GROUPS = {
    "full": [full_group(1)],
    "window": [full_group(1), window_group(1, window=9)],
    "narrow window": [full_group(1), window_group(1, window=2)],
    "larger window blocks": [full_group(1), window_group(1, window=9, block=8)],
    "two windows": [
        full_group(1),
        window_group(1, window=6),
        window_group(1, window=17, first=200),
    ],
    "windows only": [window_group(1, window=6), window_group(1, window=13, first=200)],
}
BLOCKS = 20


def plan_of(groups: list[Any]) -> GroupPlan:
    align = max(group.kv_cache_spec.block_size for group in groups)
    stored = tuple(_stored_group(i, i, group, 0, BLOCK) for i, group in enumerate(groups))
    return GroupPlan(stored, align, BLOCK, 0, len(groups), (1,) * len(groups))


def wire_group(group: StoredGroup) -> KvGroup:
    shard = Shard(0, 1, 0, 1, group.page_bytes)
    return KvGroup(group.index, group.kind, group.block_tokens, (shard,), group.window_blocks)


@pytest.mark.parametrize("shape", GROUPS)
@given(
    contents=st.lists(
        st.lists(st.booleans(), min_size=BLOCKS, max_size=BLOCKS), min_size=3, max_size=3
    ),
    data=st.data(),
)
@settings(max_examples=150, deadline=None)
def test_hit_and_load_equal_vllms(
    shape: str, contents: list[list[bool]], data: st.DataObject
) -> None:
    plan = plan_of(GROUPS[shape])
    theirs = MooncakeStoreCoordinator(GROUPS[shape], plan.align_tokens, BLOCK)
    hashes = [BlockHash(bytes([i + 1]) * 32) for i in range(BLOCKS)]
    packed = PackedHashes(plan)
    packed.take(hashes)
    longest = data.draw(st.integers(0, BLOCKS * BLOCK)) // plan.align_tokens * plan.align_tokens

    session = SimSchedulerSession(
        SimPool(1, 64, lambda *_: None), tuple(map(wire_group, plan.groups)), random.Random(0)
    )
    exists = set()
    for group, present in zip(plan.groups, contents, strict=False):
        for block in range(packed.blocks(group)):
            if present[block]:
                key = packed.run_one(group, block)
                session.pool.objects[group.index, key] = [0]
                exists.add((group.index, key))

    _, expected = theirs.find_longest_cache_hit(
        hashes, longest, ExternalCachedBlockPool(BLOCK, exists)
    )
    keys = packed.keys(0, longest)
    hit, _, _ = session._find(keys, 0, longest, plan.align_tokens)
    assert hit == expected

    for group, mask in zip(plan.groups, theirs.load_mask(hashes, hit), strict=False):
        first, last = _needed(plan, group, 0, hit)
        loaded = [first <= block < last for block in range(group.blocks(hit))]
        assert loaded == mask[: group.blocks(hit)]


def test_kinds() -> None:
    full, window = plan_of(GROUPS["larger window blocks"]).groups
    assert (full.kind, full.window_blocks, full.hashes_per_block) == (GroupKind.FULL, 0, 1)
    assert (window.kind, window.window_blocks, window.hashes_per_block) == (GroupKind.WINDOW, 1, 2)
