# SPDX-License-Identifier: Apache-2.0
"""What a benchmark found, as a table for people and as a section of docs/BENCHMARKS.md."""

from __future__ import annotations

import os
import platform
import re
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "BENCHMARKS.md"


@dataclass(frozen=True)
class Row:
    """One measured series, in one unit."""

    name: str
    samples: Sequence[float]
    unit: str

    def quantile(self, share: float) -> float:
        ordered = sorted(self.samples)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def cells(self) -> list[str]:
        values = [self.quantile(0.5), self.quantile(0.99), min(self.samples), max(self.samples)]
        return [self.name, *(f"{value:.4g}" for value in values), self.unit, str(len(self.samples))]


@dataclass(frozen=True)
class Ratio:
    """A ratio of this run, and the goal it is held against."""

    name: str
    value: float
    goal: float
    at_most: bool = True

    @property
    def met(self) -> bool:
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    def cells(self) -> list[str]:
        sign = "≤" if self.at_most else "≥"
        return [
            self.name,
            f"{self.value:.3f}",
            f"{sign} {self.goal:g}",
            "yes" if self.met else "no",
        ]


@dataclass(frozen=True)
class Report:
    """One benchmark's outcome."""

    name: str
    command: str
    rows: Sequence[Row]
    ratios: Sequence[Ratio]
    remarks: Sequence[str] = ()

    def text(self) -> str:
        parts = [
            f"`{self.command}` at {_commit()}, {time.strftime('%Y-%m-%d')}, {_machine()}.",
            *self.remarks,
            table(
                ["series", "p50", "p99", "min", "max", "unit", "n"], [r.cells() for r in self.rows]
            ),
            table(["ratio", "measured", "goal", "met"], [r.cells() for r in self.ratios]),
        ]
        return "\n\n".join(part for part in parts if part)

    def write(self) -> None:
        """Replaces this benchmark's section of the document."""
        old = DOCUMENT.read_text() if DOCUMENT.exists() else ""
        section = f"## {self.name}\n\n{self.text()}\n"
        pattern = re.compile(rf"^## {re.escape(self.name)}\n.*?(?=^## |\Z)", re.M | re.S)
        new, found = pattern.subn(lambda _: section + "\n", old)
        DOCUMENT.write_text((new if found else old.rstrip() + "\n\n" + section).rstrip() + "\n")


def median(samples: Sequence[float]) -> float:
    return statistics.median(samples)


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    if not lines:
        return ""
    rule = ["---"] * len(head)
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, rule, *lines])


def _commit() -> str:
    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    changed = "+ changes" if git("status", "--porcelain", "--untracked-files=no") else ""
    return f"commit {git('rev-parse', '--short', 'HEAD') or 'unknown'}{changed}"


def _machine() -> str:
    names = re.findall(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    load = Path("/proc/loadavg").read_text().split()[0]
    model = names[0] if names else platform.processor()
    return f"{model}, {len(os.sched_getaffinity(0))} cores, load {load}"
