# SPDX-License-Identifier: Apache-2.0
"""What an idle sidecar costs: CPU time of the process over 30 s with one engine attached that
asks nothing.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from side_by_side.report import Ratio, Report, Row
from side_by_side.sessions import Bench

SETTLE_S, WINDOW_S, WINDOWS = 5, 10, 3


def run(socket: Path, pid: int) -> Report:
    bench = Bench.attach(socket, slot_bytes=4096)
    time.sleep(SETTLE_S)
    shares = []
    for _ in range(WINDOWS):
        before = _cpu_seconds(pid)
        time.sleep(WINDOW_S)
        shares.append((_cpu_seconds(pid) - before) / WINDOW_S)
    bench.close()
    ratios = [Ratio("share of a core", max(shares), 0.02)]
    return Report(
        "Idle sidecar", "./moonpool bench idle", [Row("sidecar", shares, "of a core")], ratios
    )


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
