"""What could be left behind: processes that descend from this session, and files and sockets with
our names.

Other sessions may run on the machine: a process is ours by a mark in its environment, which
children inherit, and a file that a living process has open is not left behind.
"""

import contextlib
import os
import time
from pathlib import Path

import psutil

MARK = "MOONPOOL_E2E_SESSION"
PLACES = {
    Path("/dev/shm"): ("moonpool", "psm_", "sem.mp-", "vllm_dist_"),
    Path("/tmp"): ("moonpool",),
}
GRACE_S = 10.0
# Ends with us and cleans up after us.
REAPER = "reaper.py"


class Watch:
    """Marks this session, and compares what is there with what was."""

    def __init__(self) -> None:
        os.environ[MARK] = str(os.getpid())
        self._before = _files()

    def is_clean(self) -> bool:
        """Whether nothing is left, after a grace for what is just ending."""
        deadline = time.monotonic() + GRACE_S
        while self.found():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True

    def found(self) -> list[str]:
        files = _files() - self._before
        if files:
            used = _paths_in_use()
            files = {path for path in files if not any(u.startswith(path) for u in used)}
        return sorted(files) + _processes()


def _files() -> set[str]:
    found = ((path, names) for place, names in PLACES.items() for path in place.iterdir())
    return {str(path) for path, names in found if path.name.startswith(names)}


def _processes() -> list[str]:
    found = []
    for process in psutil.process_iter():
        try:
            command = " ".join(process.cmdline())
            ours = process.environ().get(MARK) == str(os.getpid())
        except psutil.Error:
            continue
        if ours and process.pid != os.getpid() and REAPER not in command:
            found.append(f"process {process.pid}: {command[:120]}")
    return found


def _paths_in_use() -> set[str]:
    """What any process has open, mapped or on its command line, and the sockets that are bound."""
    used = {line.split()[-1] for line in Path("/proc/net/unix").read_text().splitlines()[1:]}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            used |= set(process.cmdline())
            used |= {file.path for file in process.open_files()}
            used |= {mapping.path for mapping in process.memory_maps()}
    return {path for path in used if path.startswith("/")}
