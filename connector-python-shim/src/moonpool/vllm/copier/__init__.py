# SPDX-License-Identifier: Apache-2.0
"""Moves blocks between the arena and the engine's memory. One small interface, one class a kind of
device.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from moonpool.vllm.regions import GroupRegion


@dataclass(frozen=True)
class Move:
    """Blocks of one region and where in the arena's file their payloads are, pairwise."""

    region: GroupRegion
    block_ids: npt.NDArray[np.uint32]
    offsets: npt.NDArray[np.uint64]

    @property
    def nbytes(self) -> int:
        return len(self.block_ids) * self.region.block_bytes


class Copier(Protocol):
    """Copies are started in order and each has a ticket. One thread calls, or the caller
    serialises.
    """

    def load(self, arena: Any, moves: Sequence[Move]) -> Any:
        """Start arena → engine; the ticket is done when the engine's memory holds the bytes."""

    def save(self, arena: Any, moves: Sequence[Move]) -> Any:
        """Start engine → arena, after what the engine has computed so far."""

    def join(self, ticket: Any) -> None:
        """What the engine computes from now on sees the copy. Never blocks the caller."""

    def done(self, ticket: Any) -> bool:
        """Whether a copy has ended. Never blocks."""

    def wait(self, ticket: Any) -> None:
        """Block until a copy has ended."""

    def close(self) -> None:
        """Wait for all copies and give everything back."""


def make_copier(device_type: str, log: Any) -> Copier:
    """The copier for the memory that the KV cache is in."""
    if device_type == "cpu":
        from moonpool.vllm.copier.cpu import CpuCopier

        return CpuCopier()
    if device_type == "cuda":
        from moonpool.vllm.copier.cuda import CudaCopier, CudaDevice

        return CudaCopier(CudaDevice(), log)
    from moonpool.vllm.errors import UnsupportedSetup

    raise UnsupportedSetup(
        f"KV caches on device {device_type!r} are not supported: use a CPU or CUDA build of vLLM"
    )
