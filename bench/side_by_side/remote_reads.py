# SPDX-License-Identifier: Apache-2.0
"""Reads of what another host has, ours and the real Mooncake's in turns, between the same hosts.

Ours begins with the question and ends when the last block is verified; its lease is given back
outside the measurement. What was read is on this host then, so each key is read once, by both.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from e2e.admin import wait_until
from moonpool.client.events import LookupAnswered, MarkState
from moonpool.protocol.layout import ENTRY, HASH_BYTES
from pool.members import Pool

from side_by_side.real_mooncake import RealClient, RealMaster
from side_by_side.report import Ratio, Row, median
from side_by_side.sessions import Bench, block_hashes

GOAL = 1.5
SEGMENT_BYTES = 3 << 30
BATCH = 16
POLL_S = 0.0001
PUBLISH_S = 60.0


@dataclass(frozen=True)
class Case:
    """Objects of one size: single reads and batches in each round."""

    size: int
    rounds: int
    singles: int
    batches: int

    @property
    def name(self) -> str:
        return f"{self.size >> 20} MiB" if self.size >= 1 << 20 else f"{self.size >> 10} KiB"

    def reads(self, round_: int) -> Iterator[tuple[int, list[str]]]:
        """How many objects at once, and a name for each read."""
        for objects, count in ((1, self.singles), (BATCH, self.batches)):
            yield objects, [f"{self.name}/{round_}/{objects}/{i}" for i in range(count)]


CASES = (Case(64 << 10, 8, 20, 5), Case(1 << 20, 6, 10, 3), Case(16 << 20, 4, 2, 1))
# A member runs for weeks: while Java still compiles, its reads are no measure.
WARM_UP = Case(32 << 10, 1, 600, 60)
Samples = dict[str, list[float]]
Read = Callable[[str, int], float]


def measure(pool: Pool, home: Path, folder: Path) -> tuple[list[Row], list[Ratio]]:
    """Owner and reader are the pool's members a and b; Mooncake's clients share their hosts."""
    samples: Samples = {}
    real = RealMaster(home, pool.network.host(), folder / "mooncake_master.log")
    real.start()
    writer, reader = _clients(home, pool, real, folder)
    try:
        _turns(pool, (writer, reader), WARM_UP, {})
        for case in CASES:
            _turns(pool, (writer, reader), case, samples)
    finally:
        reader.kill()
        writer.kill()
        real.kill()
    return _rows(samples), _ratios(samples)


def _clients(
    home: Path, pool: Pool, master: RealMaster, folder: Path
) -> tuple[RealClient, RealClient]:
    buffers = {"local_bytes": 64 << 20, "buffer_bytes": BATCH * CASES[-1].size}
    hosts = (pool.members["a"].host, pool.members["b"].host)
    sizes = ({"segment_bytes": SEGMENT_BYTES, **buffers}, {"segment_bytes": 0, **buffers})
    writer, reader = (
        RealClient(home, host, master, size, folder / f"mooncake-{host.address}.log")
        for host, size in zip(hosts, sizes, strict=True)
    )
    return writer, reader


def _turns(pool: Pool, real: tuple[RealClient, RealClient], case: Case, samples: Samples) -> None:
    """Every round writes new objects on one host and reads them on the other."""
    others = pool.keys()
    owner = Bench.attach(pool.members["a"].socket, case.size, "writer")
    reader = Bench.attach(pool.members["b"].socket, case.size, "reader")
    ways: dict[str, Read] = {
        "moonpool": lambda name, objects: _ours(reader, name, objects),
        "Mooncake": lambda name, objects: _theirs(real[1], name, objects, case.size),
    }
    for round_ in range(case.rounds):
        _known(pool, pool.keys() + _write(owner, real[0], case, round_))
        for objects, names in case.reads(round_):
            of = f"{case.name}, batch of {objects}" if objects > 1 else f"{case.name}, single"
            for way, read in sorted(ways.items(), reverse=round_ % 2 == 0):
                seconds = [read(name, objects) for name in names]
                rates = [objects * case.size / taken / 1e6 for taken in seconds]
                samples.setdefault(f"{way}: {of}", []).extend(rates)
    reader.close()
    owner.scheduler.reset()
    wait_until(lambda: pool.keys() <= others, "what was written is gone", PUBLISH_S)
    owner.close()


def _known(pool: Pool, keys: int) -> None:
    wait_until(lambda: pool.keys() >= keys, "the directory knows what was written", PUBLISH_S)


def _write(owner: Bench, real: RealClient, case: Case, round_: int) -> int:
    """The same objects to both; returns how many."""
    noise = np.random.default_rng(round_).integers(0, 256, case.size, np.uint8)
    written = 0
    for objects, names in case.reads(round_):
        for name in names:
            if owner.store(block_hashes(name, objects), _filler(owner, noise)) != objects:
                raise RuntimeError("the owner did not store the blocks; is its arena too small?")
            if any(real.put(_keys(name, objects), case.size)):
                raise RuntimeError("Mooncake did not store the objects")
            written += objects
    return written


def _filler(owner: Bench, noise: np.ndarray) -> Callable[[np.ndarray], None]:
    def fill(entries: np.ndarray) -> None:
        arena = owner.worker.arena
        assert arena is not None
        for entry in entries:
            ctypes.memmove(arena.address + int(entry["offset"]), noise.ctypes.data, len(noise))

    return fill


def _ours(bench: Bench, name: str, objects: int) -> float:
    hashes = block_hashes(name, objects)
    began = time.perf_counter()
    answer = bench.lookup(hashes)
    mark = bench.scheduler.verified(answer.job)
    while mark.state is MarkState.VERIFYING:
        time.sleep(POLL_S)
        mark = bench.scheduler.verified(answer.job)
    taken = time.perf_counter() - began
    bench.scheduler.release(answer.job)
    _expect_whole(answer, mark.state, objects)
    return taken


def _expect_whole(answer: LookupAnswered, state: MarkState, objects: int) -> None:
    found = len(np.frombuffer(answer.entries, ENTRY))
    if found != objects or state is not MarkState.COMPLETE:
        raise RuntimeError(f"{found} of {objects} objects, {state}, {answer.miss_reason!r}")


def _theirs(real: RealClient, name: str, objects: int, size: int) -> float:
    taken, right = real.get(_keys(name, objects), size)
    if not all(right):
        raise RuntimeError(f"Mooncake gave {sum(right)} of {objects} objects")
    return taken


def _keys(name: str, objects: int) -> list[str]:
    hashes = block_hashes(name, objects)
    return [hashes[i : i + HASH_BYTES].hex() for i in range(0, len(hashes), HASH_BYTES)]


def _rows(samples: Samples) -> list[Row]:
    return [Row(name, rates, "MB/s") for name, rates in samples.items()]


def _ratios(samples: Samples) -> list[Ratio]:
    ratios = []
    for name, rates in samples.items():
        way, of = name.split(": ")
        if way == "moonpool":
            ratio = median(rates) / median(samples[f"Mooncake: {of}"])
            ratios.append(Ratio(f"read: speed / Mooncake, {of}", ratio, GOAL, at_most=False))
    return ratios
