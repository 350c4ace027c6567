# SPDX-License-Identifier: Apache-2.0
"""The CUDA copier's logic on a fake device, whose "streams" run when the test says so. No GPU was
involved.
"""

import ctypes
import logging
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from moonpool.vllm.copier import Move
from moonpool.vllm.copier.cuda import CudaCopier
from moonpool.vllm.copier.pinning import ArenaPins
from moonpool.vllm.regions import GroupRegion, Span

LOG = logging.getLogger("test")


class FakeEvent:
    def __init__(self, copies: list[tuple[int, int, int]]) -> None:
        self._copies = copies
        self.complete = False

    def run(self) -> None:
        for source, target, size in self._copies:
            ctypes.memmove(target, source, size)
        self.complete = True

    def query(self) -> bool:
        return self.complete

    def synchronize(self) -> None:
        if not self.complete:
            self.run()


class FakeDevice:
    """Remembers the order of everything; copies happen at an event's synchronize() or run()."""

    def __init__(self, refuse_from: int | None = None) -> None:
        self.registered: dict[int, int] = {}
        self.batches: list[int] = []
        self.joined: list[FakeEvent] = []
        self._refuse_from = refuse_from

    def register(self, address: int, nbytes: int) -> None:
        if self._refuse_from is not None and len(self.registered) >= self._refuse_from:
            raise RuntimeError("out of pinned memory")
        self.registered[address] = nbytes

    def unregister(self, address: int) -> None:
        del self.registered[address]

    def stream(self) -> object:
        return object()

    def copy(self, sources: Any, targets: Any, sizes: Any, stream: Any) -> FakeEvent:
        self.batches.append(len(sizes))
        return FakeEvent(
            list(zip(sources.tolist(), targets.tolist(), sizes.tolist(), strict=False))
        )

    def join(self, event: FakeEvent) -> None:
        self.joined.append(event)


def scene() -> tuple[Any, Any, torch.Tensor, np.ndarray]:
    """Two layers of eight blocks of 64 bytes, and an arena for four."""
    cache = torch.arange(2 * 8 * 64, dtype=torch.int64).to(torch.uint8).view(2, 8, 64)
    memory = np.zeros(4 * 128, np.uint8)
    region = GroupRegion(0, (Span(cache.data_ptr(), 2, 8 * 64, 64, 64),), 8, (cache,))
    arena = SimpleNamespace(address=memory.ctypes.data, nbytes=memory.nbytes)
    return arena, region, cache, memory


def move(region: Any) -> Move:
    return Move(region, np.array([6, 1], np.uint32), np.array([0, 256], np.uint64))


def test_a_call_is_one_batch_and_completes_with_its_event() -> None:
    arena, region, cache, memory = scene()
    device = FakeDevice()
    copier = CudaCopier(device, LOG)
    ticket = copier.save(arena, [move(region)])
    assert device.batches == [4]
    assert not copier.done(ticket)
    assert not memory.any()
    copier.wait(ticket)
    assert copier.done(ticket)
    assert memory[:64].tolist() == cache[0, 6].tolist()
    assert memory[64:128].tolist() == cache[1, 6].tolist()
    assert memory[256:320].tolist() == cache[0, 1].tolist()
    before = cache.clone()
    cache[:, 6].zero_()
    copier.wait(copier.load(arena, [move(region)]))
    assert torch.equal(cache, before)
    copier.close()


def test_the_forward_pass_waits_on_the_device_not_on_the_host() -> None:
    arena, region, _, _ = scene()
    device = FakeDevice()
    copier = CudaCopier(device, LOG)
    ticket = copier.load(arena, [move(region)])
    copier.join(ticket)
    assert device.joined == [ticket.event]
    assert not copier.done(ticket)
    copier.close()


def test_close_waits_for_open_copies() -> None:
    arena, region, _, memory = scene()
    copier = CudaCopier(FakeDevice(), LOG)
    copier.save(arena, [move(region)])
    copier.close()
    assert memory.any()


def test_the_arena_is_pinned_in_pieces_and_given_back() -> None:
    device = FakeDevice()
    pins = ArenaPins(device, LOG, piece_bytes=100)
    pins.follow(SimpleNamespace(address=1000, nbytes=250))
    pins._thread.join()
    assert device.registered == {1000: 100, 1100: 100, 1200: 50}
    pins.follow(SimpleNamespace(address=5000, nbytes=60))
    pins._thread.join()
    assert device.registered == {5000: 60}
    pins.close()
    assert not device.registered


def test_what_cannot_be_pinned_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    pins = ArenaPins(FakeDevice(refuse_from=1), LOG, piece_bytes=100)
    pins.follow(SimpleNamespace(address=1000, nbytes=250))
    pins._thread.join()
    assert pins.pinned == (1000,)
    assert ["stays unpinned from byte 100" in record.getMessage() for record in caplog.records] == [
        True
    ]
