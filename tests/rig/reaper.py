"""Nothing the rig starts outlives it.

Every child leads a process group of its own. A small process, the reaper, is told of each group and
each temporary folder through a pipe; when the pipe closes, however its owner died, it kills the
groups and removes the folders that are still registered.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Process = subprocess.Popen[Any]


def kill_group(group: int, number: int = signal.SIGKILL) -> None:
    """Signal a whole process group; a group that is gone is no error."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


class Reaper:
    """The owner's end of the pipe."""

    _shared: "Reaper | None" = None
    _shared_guard = threading.Lock()

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._groups: set[int] = set()
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )

    @classmethod
    def shared(cls) -> "Reaper":
        """The reaper of this process, started with its first child."""
        with cls._shared_guard:
            if cls._shared is None:
                cls._shared = cls()
            return cls._shared

    def start(self, command: Sequence[str], **options: Any) -> Process:
        """Start a child as the leader of a new group that dies with this process."""
        process = subprocess.Popen(command, start_new_session=True, **options)
        self._groups.add(process.pid)
        self._tell(f"+group {process.pid}")
        return process

    def end(self, process: Process) -> None:
        """Kill what is left of a child's group, reap the child, and forget both; once is enough."""
        if process.pid not in self._groups:
            return
        self._groups.discard(process.pid)
        kill_group(process.pid)
        process.wait()
        self._tell(f"-group {process.pid}")
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    @contextmanager
    def started(self, command: Sequence[str], **options: Any) -> Iterator[Process]:
        """A child for the length of a block."""
        process = self.start(command, **options)
        try:
            yield process
        finally:
            self.end(process)

    @contextmanager
    def folder(self, prefix: str, parent: Path | None = None) -> Iterator[Path]:
        """A temporary folder for the length of a block, removed even when we are killed in it."""
        path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        self._tell(f"+folder {path}")
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)
            self._tell(f"-folder {path}")

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        with self._guard:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()


def serve() -> None:
    """The reaper's own process: read until the pipe closes, then clean up what is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    folders: set[str] = set()
    for line in sys.stdin:
        verb, value = line.rstrip("\n").split(" ", 1)
        if verb == "+group":
            groups.add(int(value))
        elif verb == "-group":
            groups.discard(int(value))
        elif verb == "+folder":
            folders.add(value)
        else:
            folders.discard(value)
    for group in groups:
        kill_group(group)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    serve()
