# SPDX-License-Identifier: Apache-2.0
"""A lookup of 250 block hashes, one every 2 ms, beside a gRPC unary call and a pyzmq call with
the same payload.

All 250 blocks are there: the sidecar probes its index, pins 250 slots and sends 250 entries; the
peers do nothing and send as many bytes. The lease is released between calls, outside the
measurement. Verification of the slots (4 KiB each here) runs behind the answer, as it always
does.
"""

from __future__ import annotations

import time
from pathlib import Path

from moonpool.protocol.layout import ENTRY_BYTES

from side_by_side import peers
from side_by_side.peers import Call
from side_by_side.report import Ratio, Report, Row, median
from side_by_side.sessions import Bench, block_hashes

BLOCKS = 250
SLOT_BYTES = 4096
PACE_S = 0.002
# A sidecar runs for weeks: its first ten thousand calls, while Java still compiles, are no measure.
ROUNDS, CALLS, WARM_CALLS = 6, 400, 10_000


def run(socket: Path, folder: Path, java: Path) -> Report:
    hashes = block_hashes("lookup", BLOCKS)
    bench = Bench.attach(socket, SLOT_BYTES)
    if bench.store(hashes) != BLOCKS:
        raise RuntimeError("the sidecar did not store the blocks; is the arena too small?")
    jobs: list[int] = []

    def ask() -> None:
        answer = bench.lookup(hashes)
        if len(answer.entries) != BLOCKS * ENTRY_BYTES:
            raise RuntimeError(
                f"lookup: {len(answer.entries)} bytes of entries, missing {answer.miss_reason!r}"
            )
        jobs.append(answer.job)

    def after() -> None:
        while jobs:
            bench.scheduler.release(jobs.pop())

    reply = BLOCKS * ENTRY_BYTES
    with (
        peers.grpc_unary(folder, hashes, reply, java) as grpc_call,
        peers.pyzmq_ipc(folder, hashes, reply) as zmq_call,
    ):
        calls: dict[str, tuple[Call, Call]] = {
            "moonpool ring": (ask, after),
            "gRPC unary, unix socket": (grpc_call, _nothing),
            "pyzmq, ipc": (zmq_call, _nothing),
        }
        samples = _interleaved(calls)
    bench.close()
    return _report(samples)


def _interleaved(calls: dict[str, tuple[Call, Call]]) -> dict[str, list[float]]:
    samples: dict[str, list[float]] = {name: [] for name in calls}
    for call, after in calls.values():
        for _ in range(WARM_CALLS):
            call()
            after()
    for _ in range(ROUNDS):
        for name, (call, after) in calls.items():
            samples[name] += _paced(call, after)
    return samples


def _paced(call: Call, after: Call) -> list[float]:
    times = []
    for _ in range(CALLS):
        time.sleep(PACE_S)
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1e6)
        after()
    return times


def _nothing() -> None:
    pass


def _report(samples: dict[str, list[float]]) -> Report:
    rows = [Row(name, values, "µs") for name, values in samples.items()]
    ring, grpc, zmq = rows
    ratios = [
        Ratio("p50, ring / gRPC", ring.quantile(0.5) / grpc.quantile(0.5), 0.25),
        Ratio("p99, ring / gRPC", ring.quantile(0.99) / grpc.quantile(0.99), 0.5),
        Ratio("p50, ring / pyzmq", median(ring.samples) / median(zmq.samples), 1.0),
    ]
    return Report(
        "Lookup of 250 hashes", "./moonpool bench lookup", rows, ratios, [(__doc__ or "").strip()]
    )
