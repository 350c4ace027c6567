# SPDX-License-Identifier: Apache-2.0
"""Five minutes of lookups and releases of 250 blocks, and in every tenth turn a save of 64 new
blocks, which sooner or later evicts others: how often the garbage collector ran meanwhile.
"""

from __future__ import annotations

import time

from rig.sidecar import Sidecar

from side_by_side.report import Ratio, Report, Row
from side_by_side.sessions import Bench, block_hashes

SECONDS = 300
WARM_S = 10
LOOKED_UP, SAVED, SAVE_EVERY = 250, 64, 10
SLOT_BYTES = 4096
COLLECTIONS = "moonpool_jvm_gc_collections_total"


def run(sidecar: Sidecar) -> Report:
    bench = Bench.attach(sidecar.spec.socket, SLOT_BYTES)
    load = _Load(bench)
    load.turn_for(WARM_S)
    before, turns_before = sidecar.counters(), load.turns
    load.turn_for(SECONDS)
    after = sidecar.counters()
    bench.close()
    collections = after[COLLECTIONS] - before[COLLECTIONS]
    rate = (load.turns - turns_before) / SECONDS
    rows = [
        Row("lookups and releases", [rate], "per second"),
        Row("blocks saved", [rate / SAVE_EVERY * SAVED], "per second"),
    ]
    ratios = [Ratio("garbage collections in five minutes", collections, 0)]
    return Report("Garbage collections", "./moonpool bench garbage", rows, ratios, [__doc__ or ""])


class _Load:
    """Keeps the sidecar busy from one thread."""

    def __init__(self, bench: Bench) -> None:
        self.turns = 0
        self._bench = bench
        self._hashes = block_hashes("kept", LOOKED_UP)
        bench.store(self._hashes)

    def turn_for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._bench.scheduler.release(self._bench.lookup(self._hashes).job)
            self.turns += 1
            if self.turns % SAVE_EVERY == 0:
                self._bench.store(block_hashes(f"new/{self.turns}", SAVED))
