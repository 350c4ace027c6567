"""Locks between processes; the kernel drops them when their owner dies."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rig.progress import Progress


@contextmanager
def exclusive(path: Path, progress: Progress, purpose: str) -> Iterator[None]:
    """Hold an exclusive lock on a file, saying so once when another process has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with progress.step(f"waiting for another process: {purpose}"):
                fcntl.flock(file, fcntl.LOCK_EX)
        yield
