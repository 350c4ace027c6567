# SPDX-License-Identifier: Apache-2.0
"""Copies on the calling thread: one strided torch operation a block and span, which beats a memmove
for each run.
"""

import ctypes
from collections.abc import Iterator, Sequence
from typing import Any

import torch

from moonpool.vllm.copier import Move
from moonpool.vllm.regions import Span


class CpuCopier:
    """A copy is complete when its call returns; its ticket is None."""

    def load(self, arena: Any, moves: Sequence[Move]) -> None:
        for engine, payload in _pieces(arena, moves):
            engine.copy_(payload)

    def save(self, arena: Any, moves: Sequence[Move]) -> None:
        for engine, payload in _pieces(arena, moves):
            payload.copy_(engine)

    def join(self, ticket: None) -> None:
        return

    def done(self, ticket: None) -> bool:
        return True

    def wait(self, ticket: None) -> None:
        return

    def close(self) -> None:
        return


def _pieces(arena: Any, moves: Sequence[Move]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """(engine's view, payload's view) of each span of each block."""
    for move in moves:
        for block, offset in zip(move.block_ids.tolist(), move.offsets.tolist(), strict=True):
            at = arena.address + offset
            for span in move.region.spans:
                engine = _strided(span.address + block * span.block_stride, span.stride, span)
                yield engine, _strided(at, span.run_bytes, span)
                at += span.nbytes


def _strided(address: int, stride: int, span: Span) -> torch.Tensor:
    """A view of raw memory. It does not outlive the copy, so nothing is unmapped beneath it."""
    nbytes = (span.count - 1) * stride + span.run_bytes
    memory = (ctypes.c_uint8 * nbytes).from_address(address)
    return torch.frombuffer(memory, dtype=torch.uint8).as_strided(
        (span.count, span.run_bytes), (stride, 1)
    )
