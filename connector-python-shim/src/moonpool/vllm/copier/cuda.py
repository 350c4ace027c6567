# SPDX-License-Identifier: Apache-2.0
"""Copies on side streams of a CUDA device, all pieces of a call in one batch. Tested against a fake
device only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch

from moonpool.vllm.copier import Move
from moonpool.vllm.copier.pinning import ArenaPins

Addresses = npt.NDArray[np.int64]


class Device(Protocol):
    """What the copier needs of CUDA."""

    def register(self, address: int, nbytes: int) -> None: ...
    def unregister(self, address: int) -> None: ...
    def stream(self) -> Any: ...
    def copy(self, sources: Addresses, targets: Addresses, sizes: Addresses, stream: Any) -> Any:
        """Enqueue all copies behind what is computed now; returns an event behind them."""

    def join(self, event: Any) -> None:
        """What is computed from now on comes after the event."""


@dataclass(frozen=True)
class Ticket:
    """The arrays stay alive until the driver has read them."""

    event: Any
    arrays: tuple[Addresses, ...]


class CudaCopier:
    """Loads and saves have a stream each, so that neither waits for the other."""

    def __init__(self, device: Device, log: Any) -> None:
        self._device = device
        self._pins = ArenaPins(device, log)
        self._loading = device.stream()
        self._saving = device.stream()
        self._open: list[Ticket] = []

    def load(self, arena: Any, moves: Sequence[Move]) -> Ticket:
        engine, payload, sizes = self._pieces(arena, moves)
        return self._submit(payload, engine, sizes, self._loading)

    def save(self, arena: Any, moves: Sequence[Move]) -> Ticket:
        engine, payload, sizes = self._pieces(arena, moves)
        return self._submit(engine, payload, sizes, self._saving)

    def join(self, ticket: Ticket) -> None:
        self._device.join(ticket.event)

    def done(self, ticket: Ticket) -> bool:
        return bool(ticket.event.query())

    def wait(self, ticket: Ticket) -> None:
        ticket.event.synchronize()

    def close(self) -> None:
        for ticket in self._open:
            self.wait(ticket)
        self._pins.close()

    def _submit(
        self, sources: Addresses, targets: Addresses, sizes: Addresses, stream: Any
    ) -> Ticket:
        event = self._device.copy(sources, targets, sizes, stream)
        ticket = Ticket(event, (sources, targets, sizes))
        self._open = [t for t in self._open if not self.done(t)] + [ticket]
        return ticket

    def _pieces(self, arena: Any, moves: Sequence[Move]) -> tuple[Addresses, Addresses, Addresses]:
        """(engine's address, payload's address, bytes) of every run, block by block."""
        self._pins.follow(arena)
        parts = [_runs(arena.address, move) for move in moves]
        if not parts:
            empty = np.empty(0, np.int64)
            return empty, empty, empty
        engine, payload, sizes = (np.concatenate(column) for column in zip(*parts, strict=True))
        return engine, payload, sizes


def _runs(arena_address: int, move: Move) -> tuple[Addresses, Addresses, Addresses]:
    """Run addresses by arithmetic: one row a block, one column a run."""
    starts, strides, sizes = _template(move)
    at = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    blocks = move.block_ids.astype(np.int64)[:, None]
    engine = starts[None, :] + blocks * strides[None, :]
    payload = arena_address + move.offsets.astype(np.int64)[:, None] + at[None, :]
    return engine.ravel(), payload.ravel(), np.tile(sizes, len(move.block_ids))


def _template(move: Move) -> tuple[Addresses, Addresses, Addresses]:
    starts, strides, sizes = [], [], []
    for span in move.region.spans:
        starts.append(span.address + np.arange(span.count, dtype=np.int64) * span.stride)
        strides.append(np.full(span.count, span.block_stride, np.int64))
        sizes.append(np.full(span.count, span.run_bytes, np.int64))
    return np.concatenate(starts), np.concatenate(strides), np.concatenate(sizes)


class CudaDevice:
    """CUDA through torch, and vLLM's batched copy where this build has it."""

    def register(self, address: int, nbytes: int) -> None:
        self._check("cudaHostRegister", torch.cuda.cudart().cudaHostRegister(address, nbytes, 0))

    def unregister(self, address: int) -> None:
        self._check("cudaHostUnregister", torch.cuda.cudart().cudaHostUnregister(address))

    def stream(self) -> Any:
        return torch.cuda.Stream()

    def copy(self, sources: Addresses, targets: Addresses, sizes: Addresses, stream: Any) -> Any:
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            self._batch(
                torch.from_numpy(sources),
                torch.from_numpy(targets),
                torch.from_numpy(sizes),
                stream,
            )
            event = torch.cuda.Event()
            event.record(stream)
        return event

    def join(self, event: Any) -> None:
        torch.cuda.current_stream().wait_event(event)

    def _batch(
        self, sources: torch.Tensor, targets: torch.Tensor, sizes: torch.Tensor, stream: Any
    ) -> None:
        import vllm._custom_ops as operations

        if hasattr(operations, "swap_blocks_batch"):
            operations.swap_blocks_batch(sources, targets, sizes)
            return
        from vllm.distributed.device_communicators.cuda_wrapper import CudaRTLibrary

        runtime = CudaRTLibrary()
        for source, target, size in zip(
            sources.tolist(), targets.tolist(), sizes.tolist(), strict=True
        ):
            runtime.funcs["cudaMemcpyAsync"](target, source, size, 4, stream.cuda_stream)

    @staticmethod
    def _check(call: str, status: Any) -> None:
        if int(status) != 0:
            raise RuntimeError(f"{call} failed: status={int(status)}")
