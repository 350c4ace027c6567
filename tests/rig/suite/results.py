"""Outcomes of tests, read from what the tools write: JUnit XML of surefire and pytest."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class Status(Enum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Outcome:
    """What became of one test; the reason tells why it failed or was skipped."""

    name: str
    status: Status
    reason: str = ""


def passed(name: str) -> Outcome:
    return Outcome(name, Status.PASSED)


def failed(name: str, reason: str) -> Outcome:
    return Outcome(name, Status.FAILED, reason)


def from_junit(files: Iterable[Path]) -> list[Outcome]:
    """Outcomes of all test cases in JUnit XML files."""
    return [outcome for file in sorted(files) for outcome in _cases(file)]


def _cases(file: Path) -> Iterator[Outcome]:
    for case in ET.parse(file).getroot().iter("testcase"):
        name = f"{case.get('classname', '')}.{case.get('name', '')}".strip(".")
        yield _outcome(name, case)


def _outcome(name: str, case: ET.Element) -> Outcome:
    for tag in ("failure", "error"):
        element = case.find(tag)
        if element is not None:
            return failed(name, _reason(element))
    element = case.find("skipped")
    if element is not None:
        return Outcome(name, Status.SKIPPED, _reason(element))
    return passed(name)


def _reason(element: ET.Element) -> str:
    """The message's first line; tools that give none put it into the text."""
    text = (element.get("message") or element.text or "no reason given").strip()
    return text.splitlines()[0] if text else "no reason given"
