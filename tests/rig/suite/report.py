"""The closing lines: what ran, what it took, and whether that is good enough."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rig.paths import TESTS
from rig.suite.results import Outcome, Status

ALLOWED_SKIPS = TESTS / "allowed-skips.txt"


@dataclass(frozen=True)
class GroupResult:
    """What one group did."""

    name: str
    budget_s: int
    used_s: float
    log: Path
    outcomes: Sequence[Outcome]

    def count(self, status: Status) -> int:
        return sum(outcome.status is status for outcome in self.outcomes)

    def ran(self) -> bool:
        return self.count(Status.PASSED) + self.count(Status.FAILED) > 0

    def having(self, status: Status) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.status is status]


def allowed_skips(file: Path = ALLOWED_SKIPS) -> list[re.Pattern[str]]:
    """One regular expression a line, matched against the whole reason; # begins a comment."""
    lines = (line.strip() for line in file.read_text().splitlines())
    return [re.compile(line) for line in lines if line and not line.startswith("#")]


def verdict(results: Sequence[GroupResult], strict: bool) -> list[str]:
    """Why the run fails; empty if it passes. Strict runs (CI) also fail for skips outside the
    list.
    """
    problems = [f"{r.name}: {r.count(Status.FAILED)} failed" for r in results if _has_failed(r)]
    problems += [f"{r.name}: ran nothing" for r in results if not r.ran()]
    if strict:
        allowed = allowed_skips()
        problems += [
            f"{r.name}: skip of {outcome.name} is not in {ALLOWED_SKIPS.name}: {outcome.reason}"
            for r in results
            for outcome in r.having(Status.SKIPPED)
            if not any(pattern.fullmatch(outcome.reason) for pattern in allowed)
        ]
    return problems


def closing_lines(results: Sequence[GroupResult], problems: Sequence[str]) -> list[str]:
    """The table, each failure and skip with its reason, and the counts as the very last line."""
    lines = [f"{'group':<8} {'budget':>7} {'used':>7} {'passed':>7} {'failed':>7} {'skipped':>8}"]
    lines += [_row(result) for result in results]
    for status in (Status.FAILED, Status.SKIPPED):
        lines += [
            f"{status.value.upper()} {result.name}: {outcome.name}: {outcome.reason}"
            for result in results
            for outcome in result.having(status)
        ]
    lines += [f"NOT GOOD: {problem}" for problem in problems]
    totals = [f"{sum(r.count(status) for r in results)} {status.value}" for status in Status]
    return [*lines, ", ".join(totals)]


def _has_failed(result: GroupResult) -> bool:
    return result.count(Status.FAILED) > 0


def _row(result: GroupResult) -> str:
    counts = [result.count(status) for status in Status]
    return (
        f"{result.name:<8} {result.budget_s:>5} s {result.used_s:>5.0f} s"
        f" {counts[0]:>7} {counts[1]:>7} {counts[2]:>8}"
    )
