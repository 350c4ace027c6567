# SPDX-License-Identifier: Apache-2.0
"""Whatever the layout: a block comes back to where it was, and its payload is its pages in layer
order.
"""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from moonpool.client.spec import GroupKind
from moonpool.vllm.copier import Move
from moonpool.vllm.copier.cpu import CpuCopier
from moonpool.vllm.errors import UnsupportedSetup
from moonpool.vllm.groups import GroupPlan, StoredGroup
from moonpool.vllm.regions import find_regions

LAYERS, BLOCKS, HEADS, TOKENS, CONTENT = 3, 7, 2, 4, 8
NAMES = tuple(f"layer.{i}" for i in range(LAYERS))


def plan(names: tuple[str, ...] = NAMES, groups: int = 1) -> GroupPlan:
    page = HEADS * TOKENS * CONTENT
    stored = StoredGroup(0, 0, GroupKind.FULL, TOKENS, 0, 1, names, page, False)
    return GroupPlan((stored,), TOKENS, TOKENS, 0, groups, (1,))


def permuted(order: str) -> dict[str, torch.Tensor]:
    """Per-layer [B, H, N, C] views of one storage whose physical order is given."""
    sizes = dict(zip("LBHNC", (LAYERS, BLOCKS, HEADS, TOKENS, CONTENT), strict=False))
    storage = torch.zeros([sizes[axis] for axis in order], dtype=torch.bfloat16)
    view = storage.permute([order.index(axis) for axis in "LBHNC"])
    return {name: view[i] for i, name in enumerate(NAMES)}


def split_kv() -> dict[str, torch.Tensor]:
    """Older engines: K and V apart, before the blocks."""
    return {
        name: torch.zeros((2, BLOCKS, TOKENS, HEADS, CONTENT // 2), dtype=torch.bfloat16)
        for name in NAMES
    }


def kernel_blocks() -> dict[str, torch.Tensor]:
    """The attention kernel's blocks are half of the manager's."""
    return {
        name: torch.zeros((BLOCKS * 2, HEADS, TOKENS // 2, CONTENT), dtype=torch.bfloat16)
        for name in NAMES
    }


def latent() -> dict[str, torch.Tensor]:
    return {
        name: torch.zeros((BLOCKS, TOKENS, HEADS * CONTENT), dtype=torch.bfloat16) for name in NAMES
    }


MAKERS: dict[str, Callable[[], dict[str, torch.Tensor]]] = {
    **{
        order: (lambda order=order: permuted(order))
        for order in ("LBHNC", "LBNHC", "LHBNC", "BLHNC", "BLNHC", "BHLNC")
    },
    "split": split_kv,
    "kernel blocks": kernel_blocks,
    "latent": latent,
}


def block_of(tensor: torch.Tensor, block: int) -> torch.Tensor:
    """One manager block of a layer, in payload order."""
    if tensor.dim() == 5:
        return tensor[:, block]
    if tensor.shape[0] == BLOCKS * 2:
        return tensor[block * 2 : block * 2 + 2]
    return tensor[block]


@pytest.mark.parametrize("layout", MAKERS)
def test_round_trip(layout: str) -> None:
    caches = MAKERS[layout]()
    for number, tensor in enumerate(caches.values()):
        tensor.copy_(torch.arange(tensor.numel()).view(tensor.shape) % 200 + number * 31)
    (region,) = find_regions(plan(), caches, BLOCKS)
    assert region.block_bytes == LAYERS * HEADS * TOKENS * CONTENT * 2
    ids, offsets = np.array([5, 2], np.uint32), np.array([0, region.block_bytes], np.uint64)
    memory = np.zeros(2 * region.block_bytes, np.uint8)
    arena = SimpleNamespace(address=memory.ctypes.data, nbytes=memory.nbytes)
    before = {name: tensor.clone() for name, tensor in caches.items()}

    CpuCopier().save(arena, [Move(region, ids, offsets)])
    for tensor in caches.values():
        for block in ids.tolist():
            block_of(tensor, block).zero_()
    assert any(not torch.equal(tensor, before[name]) for name, tensor in caches.items())
    CpuCopier().load(arena, [Move(region, ids, offsets)])

    assert all(torch.equal(tensor, before[name]) for name, tensor in caches.items())


@pytest.mark.parametrize("layout", ["LBHNC", "BLHNC", "split", "latent"])
def test_payload_is_pages_in_layer_order(layout: str) -> None:
    caches = MAKERS[layout]()
    for tensor in caches.values():
        tensor.copy_(torch.randint(0, 250, tensor.shape))
    (region,) = find_regions(plan(), caches, BLOCKS)
    memory = np.zeros(region.block_bytes, np.uint8)
    arena = SimpleNamespace(address=memory.ctypes.data, nbytes=memory.nbytes)
    CpuCopier().save(arena, [Move(region, np.array([3], np.uint32), np.array([0], np.uint64))])
    expected = torch.cat(
        [block_of(tensor, 3).contiguous().view(torch.uint8).flatten() for tensor in caches.values()]
    )
    assert memory.tobytes() == expected.numpy().tobytes()


def test_evenly_spaced_layers_are_one_span() -> None:
    (region,) = find_regions(plan(), permuted("LBHNC"), BLOCKS)
    assert [(span.count, span.run_bytes) for span in region.spans] == [
        (LAYERS, HEADS * TOKENS * CONTENT * 2)
    ]


def test_a_block_outermost_layout_is_one_run() -> None:
    (region,) = find_regions(plan(), permuted("BLHNC"), BLOCKS)
    assert [(span.count, span.run_bytes) for span in region.spans] == [(1, region.block_bytes)]


def test_states_of_several_tensors_are_refused() -> None:
    with pytest.raises(UnsupportedSetup, match="mamba"):
        find_regions(plan(), {name: [torch.zeros(1)] for name in NAMES}, BLOCKS)


def test_groups_may_overlay_the_same_storage() -> None:
    caches = permuted("LBHNC")
    one, two = (StoredGroup(i, i, GroupKind.FULL, TOKENS, 0, 1, NAMES, 64, False) for i in range(2))
    overlaid = GroupPlan((one, two), TOKENS, TOKENS, 0, 2, (1, 1))
    first, second = find_regions(overlaid, caches, BLOCKS)
    assert first.spans == second.spans
