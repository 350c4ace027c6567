"""vLLM's queues and semaphores in /dev/shm: left behind when it, or we, kill its processes."""

import os
from collections.abc import Iterator
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
NAMES = ("psm_", "sem.mp-", "vllm_dist_")
INODE_COLUMN, PATH_COLUMN = 4, 5


def held_by(group: int) -> frozenset[Path]:
    """What the processes of a group have mapped now. By inode: a semaphore is mapped before it has
    its name.
    """
    inodes = {inode for pid in _members(group) for inode in _mapped(pid)}
    named = (path for path in SHARED_MEMORY.iterdir() if path.name.startswith(NAMES))
    return frozenset(path for path in named if path.stat().st_ino in inodes)


def remove(held: frozenset[Path]) -> None:
    for path in held:
        path.unlink(missing_ok=True)


def _members(group: int) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getpgid(int(entry.name)) == group:
                    yield int(entry.name)
            except ProcessLookupError:
                continue


def _mapped(pid: int) -> Iterator[int]:
    """Inodes of what a process has mapped of /dev/shm."""
    try:
        lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        columns = line.split()
        if len(columns) > PATH_COLUMN and columns[PATH_COLUMN].startswith(f"{SHARED_MEMORY}/"):
            yield int(columns[INODE_COLUMN])
