# SPDX-License-Identifier: Apache-2.0
"""Where a block's bytes are in the engine's memory, derived from the registered tensors' own
strides.

A block of a group is, for each layer in order, that layer's page; a page is one or more equally
long contiguous runs.
Evenly spaced runs fold into *spans* of (address, count, stride, run bytes), so that a copier needs
few operations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from moonpool.vllm.errors import UnsupportedSetup
from moonpool.vllm.groups import GroupPlan, StoredGroup


@dataclass(frozen=True, slots=True)
class Span:
    """`count` runs of `run_bytes`, `stride` bytes apart; block b's begin `b * block_stride`
    further.
    """

    address: int
    count: int
    stride: int
    run_bytes: int
    block_stride: int

    @property
    def nbytes(self) -> int:
        return self.count * self.run_bytes


@dataclass(frozen=True)
class GroupRegion:
    """The spans of a group, in payload order."""

    group: int
    spans: tuple[Span, ...]
    block_count: int
    owners: tuple[Any, ...]  # the tensors: they keep the memory alive

    @property
    def block_bytes(self) -> int:
        return sum(span.nbytes for span in self.spans)


def find_regions(
    plan: GroupPlan, kv_caches: Mapping[str, Any], block_count: int | None
) -> tuple[GroupRegion, ...]:
    """The regions of all stored groups, in plan order."""
    return tuple(
        _region(group, _tensors(group, plan, kv_caches), block_count) for group in plan.groups
    )


def _tensors(group: StoredGroup, plan: GroupPlan, kv_caches: Mapping[str, Any]) -> list[Any]:
    names = (
        group.layer_names
        if plan.engine_groups > 1 or set(group.layer_names) <= kv_caches.keys()
        else kv_caches
    )
    tensors = []
    for name in names:
        if name not in kv_caches:
            raise UnsupportedSetup(
                f"layer {name} has no KV cache in this worker: remove --kv-transfer-config for "
                f"this model"
            )
        tensor = kv_caches[name]
        if isinstance(tensor, (list, tuple)):
            raise UnsupportedSetup(
                f"layer {name} keeps a state of several tensors (mamba): remove "
                f"--kv-transfer-config"
            )
        tensors.append(tensor)
    return tensors


def _region(group: StoredGroup, tensors: Sequence[Any], block_count: int | None) -> GroupRegion:
    count = (
        block_count
        if block_count is not None
        else min(tensor.shape[_block_dim(tensor, None)] for tensor in tensors)
    )
    pages = [span for tensor in tensors for span in _page(tensor, count)]
    return GroupRegion(group.index, _folded(pages), count, tuple(tensors))


def _block_dim(tensor: Any, block_count: int | None) -> int:
    """Blocks come first; in older layouts a dimension of two, for K and V, precedes them."""
    shape = tensor.shape
    if block_count is None:
        return 1 if tensor.dim() > 4 and shape[0] == 2 else 0
    for dim in (1, 0) if tensor.dim() > 1 and shape[0] == 2 else (0,):
        if shape[dim] >= block_count and shape[dim] % block_count == 0:
            return dim
    raise UnsupportedSetup(
        f"a KV cache of shape {tuple(shape)} has no dimension of {block_count} blocks: remove "
        f"--kv-transfer-config"
    )


def _page(tensor: Any, block_count: int) -> list[Span]:
    """One layer's page as spans: one, or one for K and one for V."""
    dim = _block_dim(tensor, block_count)
    split = (
        tensor.shape[dim] // block_count
    )  # the kernel's blocks may be a fraction of the manager's
    outer = [tensor.select(0, i) for i in range(tensor.shape[0])] if dim == 1 else [tensor]
    return [span for part in outer for span in _spans_of(part, split)]


def _spans_of(part: Any, split: int) -> list[Span]:
    """Fold a [blocks, …] tensor's inner dimensions into runs, as far as they are contiguous."""
    item = part.element_size()
    inner = sorted(
        (
            (stride * item, size)
            for stride, size in zip(part.stride()[1:], part.shape[1:], strict=True)
            if size > 1
        ),
        reverse=True,
    )
    block_stride = part.stride(0) * item
    if split > 1:
        inner.insert(0, (block_stride, split))
    run = item
    while inner and inner[-1][0] == run:
        run *= inner.pop()[1]
    if len(inner) > 1:
        raise UnsupportedSetup(
            f"a KV cache with strides {tuple(part.stride())} is too scattered: set "
            f"VLLM_KV_CACHE_LAYOUT=LBHNC"
        )
    stride, count = inner[0] if inner else (run, 1)
    assert count * run == prod(part.shape[1:]) * item * split
    return [Span(part.data_ptr(), count, stride, run, block_stride * split)]


def _folded(pages: Sequence[Span]) -> tuple[Span, ...]:
    """Evenly spaced runs of successive pages become one span; runs without a gap become one run."""
    spans: list[Span] = []
    for page in pages:
        joined = _joined(spans[-1], page) if spans else None
        if joined is None:
            spans.append(page)
        else:
            spans[-1] = joined
    return tuple(_dense(span) for span in spans)


def _joined(last: Span, page: Span) -> Span | None:
    if page.run_bytes != last.run_bytes or page.block_stride != last.block_stride:
        return None
    step = page.address - last.address - (last.count - 1) * last.stride
    even = (last.count == 1 or step == last.stride) and (page.count == 1 or step == page.stride)
    if step <= 0 or not even:
        return None
    return Span(last.address, last.count + page.count, step, last.run_bytes, last.block_stride)


def _dense(span: Span) -> Span:
    if span.count == 1 or span.stride != span.run_bytes:
        return span
    return Span(span.address, 1, span.nbytes, span.nbytes, span.block_stride)
