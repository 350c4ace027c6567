# SPDX-License-Identifier: Apache-2.0
"""Saving and loading 64 MiB in the real pieces of the MHA model: 32 blocks of 8 layers, 256 KiB
a layer.

The limit is a plain torch copy of the same pieces between two warm buffers of this process. Ours
are the connector's own copier into and out of the sidecar's arena, mapped and pre-faulted as in
an engine. A load's lookup, verification and copy are stated apart, and as one wall time from the
question to the last byte.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from moonpool.client.events import MarkState
from moonpool.client.worker import WorkerSession
from moonpool.protocol.layout import ENTRY
from moonpool.vllm.copier import Move
from moonpool.vllm.copier.cpu import CpuCopier
from moonpool.vllm.regions import GroupRegion, Span

from side_by_side.report import Ratio, Report, Row, median
from side_by_side.sessions import Bench, block_hashes

LAYERS, BLOCKS, PAGE_BYTES = 8, 32, 256 << 10
BLOCK_BYTES = LAYERS * PAGE_BYTES
TOTAL_MIB = BLOCKS * BLOCK_BYTES >> 20
ROUNDS = 30
WARM_S = 3.0


def run(socket: Path) -> Report:
    torch.set_num_threads(1)
    cache = torch.ones(LAYERS, BLOCKS, PAGE_BYTES, dtype=torch.uint8)
    plain = torch.ones(BLOCKS, LAYERS, PAGE_BYTES, dtype=torch.uint8)
    bench = Bench.attach(socket, BLOCK_BYTES)
    time.sleep(WARM_S)  # the attach thread pre-faults the arena
    move = _Moves(bench.worker, _region(cache))
    times: dict[str, list[float]] = {}
    for round_ in range(ROUNDS):
        hashes = block_hashes(f"copies/{round_}", BLOCKS)
        _timed(times, "plain save", lambda: _plain(plain, cache, to_cache=False))
        bench.store(hashes, lambda entries: _timed(times, "save", lambda: move.save(entries)))
        _timed(times, "plain load", lambda: _plain(plain, cache, to_cache=True))
        _load(bench, move, hashes, times)
    bench.close()
    return _report(times)


class _Moves:
    """The connector's copier over all blocks at once."""

    def __init__(self, worker: WorkerSession, region: GroupRegion) -> None:
        self._worker = worker
        self._region = region
        self._copier = CpuCopier()

    def save(self, entries: np.ndarray) -> None:
        self._copier.save(self._worker.arena, [self._move(entries)])

    def load(self, entries: np.ndarray) -> None:
        with self._worker.copying() as arena:
            self._copier.load(arena, [self._move(entries)])

    def _move(self, entries: np.ndarray) -> Move:
        ids = np.arange(len(entries), dtype=np.uint32)
        return Move(self._region, ids, np.ascontiguousarray(entries["offset"]))


def _region(cache: torch.Tensor) -> GroupRegion:
    span = Span(cache.data_ptr(), LAYERS, BLOCKS * PAGE_BYTES, PAGE_BYTES, PAGE_BYTES)
    return GroupRegion(0, (span,), BLOCKS, (cache,))


def _plain(plain: torch.Tensor, cache: torch.Tensor, to_cache: bool) -> None:
    for block in range(BLOCKS):
        if to_cache:
            cache[:, block].copy_(plain[block])
        else:
            plain[block].copy_(cache[:, block])


def _load(bench: Bench, move: _Moves, hashes: bytes, times: dict[str, list[float]]) -> None:
    began = time.perf_counter()
    answer = bench.lookup(hashes)
    answered = time.perf_counter()
    entries = np.frombuffer(answer.entries, ENTRY)
    if len(entries) != BLOCKS:
        raise RuntimeError(f"lookup: {len(entries)} entries, missing {answer.miss_reason!r}")
    while (mark := bench.scheduler.verified(answer.job)).state is MarkState.VERIFYING:
        time.sleep(0.0001)
    if mark.state is not MarkState.COMPLETE:
        raise RuntimeError(f"verification failed: {mark}")
    verified = time.perf_counter()
    move.load(entries)
    copied = time.perf_counter()
    bench.scheduler.release(answer.job)
    for name, seconds in (
        ("lookup", answered - began),
        ("verification", verified - answered),
        ("load", copied - verified),
        ("load, whole", copied - began),
    ):
        times.setdefault(name, []).append(seconds * 1e3)


def _timed(times: dict[str, list[float]], name: str, action: Callable[[], None]) -> None:
    began = time.perf_counter()
    action()
    times.setdefault(name, []).append((time.perf_counter() - began) * 1e3)


def _report(times: dict[str, list[float]]) -> Report:
    rows = [Row(f"{name}, {TOTAL_MIB} MiB", values, "ms") for name, values in times.items()]
    ratios = [
        Ratio(
            f"{way}: speed / plain torch copy",
            median(times[f"plain {way}"]) / median(times[way]),
            0.85,
            at_most=False,
        )
        for way in ("save", "load")
    ]
    return Report(
        "Copies of 64 MiB", "./moonpool bench copies", rows, ratios, [(__doc__ or "").strip()]
    )
