"""Runs a command to its end: output to a log file, its lines as progress, its tail in the error."""

import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rig.errors import RigError
from rig.reaper import Reaper, kill_group

TAIL_LINES = 25


def tail(log: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log, or what stands in for them."""
    if not log.exists():
        return f"({log} was never written)"
    with log.open(errors="replace") as file:
        return "".join(deque(file, maxlen=lines)).rstrip() or f"({log} is empty)"


def run_logged(
    command: Sequence[str],
    log: Path,
    on_line: Callable[[str], None],
    environ: Mapping[str, str] | None = None,
    timeout_s: float | None = None,
) -> int:
    """Run a command in a process group of its own, which ends with us or at its deadline.

    Returns its exit status.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        log.open("a") as sink,
        Reaper.shared().started(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environ,
        ) as process,
    ):
        assert process.stdout is not None
        with _deadline(process.pid, timeout_s, sink):
            for line in process.stdout:
                sink.write(line)
                sink.flush()
                on_line(line.rstrip())
            return process.wait()


def check_logged(
    command: Sequence[str],
    log: Path,
    on_line: Callable[[str], None],
    environ: Mapping[str, str] | None = None,
) -> None:
    """Like run_logged; a failure is an error that carries the log's tail."""
    status = run_logged(command, log, on_line, environ)
    if status != 0:
        shown = " ".join(command[:6])
        raise RigError(f"`{shown} ...` failed with status {status}; log {log} ends:\n{tail(log)}")


@contextmanager
def _deadline(group: int, timeout_s: float | None, log: TextIO) -> Iterator[None]:
    """Kill a process group when its time is over, and say so in its log."""
    if timeout_s is None:
        yield
        return

    def expire() -> None:
        log.write(f"killed: still running after {timeout_s:.0f} s\n")
        kill_group(group)

    timer = threading.Timer(max(timeout_s, 0.0), expire)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
