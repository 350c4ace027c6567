# SPDX-License-Identifier: Apache-2.0
"""The directory alone, on one thread, without a network: ten million keys of eight members are
published in batches of 64; then a tenth of them is retracted while as many new ones come, as in a
pool that evicts; then 250 neighbouring keys are located at random places.

Rates are per second of that thread's CPU time, so that other processes on the machine count little;
a sample is a tenth of the keys, in order, and the goal is held against the slowest one. Memory is
what the index has allocated and what the process has grown by; the larger one counts.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from side_by_side.peers import JAR, JVM_OPTIONS
from side_by_side.report import Ratio, Report, Row

MAIN = "io.moonpool.bench.pool.DirectoryFigures"
KEYS, MEMBERS = 10_000_000, 8
RATE_GOAL, BYTES_GOAL = 1_000_000, 128
TIMEOUT_S = 280


def run(java: Path) -> Report:
    done = subprocess.run(
        [java, *JVM_OPTIONS, "-cp", JAR, MAIN, str(KEYS), str(MEMBERS)],
        capture_output=True,
        text=True,
        check=True,
        timeout=TIMEOUT_S,
    )
    told = done.stdout
    published = _figures(r"publications per second of cpu, keys .*: ([\d,.]+)", told)
    replaced = _figures(r"retractions and publications per second of cpu, full: ([\d,.]+)", told)
    [index] = _figures(r"memory off heap, bytes per key: ([\d.]+)", told)
    [resident] = _figures(r"memory resident, bytes per key: ([\d.]+)", told)
    [median] = _figures(r"locate of \d+ keys, us: p50 ([\d.]+)", told)
    rows = [
        Row("publications", published, "per second"),
        Row("retractions and publications, full", replaced, "per second"),
        Row("locate of 250 keys, p50", [median], "µs"),
        Row("memory of the index", [index], "bytes per key"),
        Row("memory of the process", [resident], "bytes per key"),
    ]
    ratios = [
        Ratio("slowest publications / a million a second", min(published) / RATE_GOAL, 1, False),
        Ratio("memory, bytes per key", max(index, resident), BYTES_GOAL),
    ]
    return Report(
        "The directory", "./moonpool bench directory", rows, ratios, [(__doc__ or "").strip()]
    )


def _figures(pattern: str, told: str) -> list[float]:
    found = re.findall(f"^{pattern}", told, re.MULTILINE)
    if not found:
        raise RuntimeError(f"the directory's figures have no {pattern!r}:\n{told}")
    return [float(figure.replace(",", "")) for figure in found]
