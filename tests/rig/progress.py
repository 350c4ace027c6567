"""Progress of long steps: what runs, for how long, and what it is at; on stderr, so that stdout
stays a result.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TextIO

NOTE_COLUMNS_MAX = 90


class Step:
    """One running step. A thread of its own repeats its line, so a silent command is never a
    silent minute.
    """

    def __init__(self, name: str, out: TextIO) -> None:
        self._name = name
        self._out = out
        self._live = out.isatty()
        self._period_s = 0.5 if self._live else 15.0
        self._note = ""
        self._started = time.monotonic()
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> "Step":
        if not self._live:
            self._out.write(f"-- {self._name} ...\n")
            self._out.flush()
        self._ticker.start()
        return self

    def note(self, text: str) -> None:
        """Say what the step is at; shown with the next repetition of its line."""
        self._note = text.strip()[:NOTE_COLUMNS_MAX]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._ticker.join()
        outcome = "done" if kind is None else "failed"
        self._write(f"-- {self._name}: {outcome} in {self._elapsed_s():.1f} s", end="\n")

    def _tick(self) -> None:
        while not self._ended.wait(self._period_s):
            note = f"  {self._note}" if self._note else ""
            end = "" if self._live else "\n"
            self._write(f"-- {self._name}: {self._elapsed_s():.0f} s{note}", end=end)

    def _write(self, line: str, end: str) -> None:
        self._out.write(f"\r\033[K{line}{end}" if self._live else f"{line}{end}")
        self._out.flush()

    def _elapsed_s(self) -> float:
        return time.monotonic() - self._started


class Progress:
    """Makes steps that write to one stream."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = sys.stderr if out is None else out

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        with Step(name, self._out) as step:
            yield step

    def say(self, line: str) -> None:
        self._out.write(f"-- {line}\n")
        self._out.flush()
