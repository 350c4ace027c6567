"""Clocks that are wrong: Debian's libfaketime, unpacked into the cache.

environ = faketime.environ(faketime.library(Progress()), "+365d")   # for one process

Only the time of day is false; what measures spans goes on as it is.
"""

import shutil
from pathlib import Path

from rig.commands import check_logged
from rig.locks import exclusive
from rig.paths import cache_dir
from rig.progress import Progress
from rig.services import STAMP, download

PACKAGE = "libfaketime"
NAME = "libfaketimeMT.so.1"


def library(progress: Progress) -> Path:
    """What to preload, made ready now if it is not."""
    home = cache_dir() / PACKAGE
    if not (home / STAMP).exists():
        with exclusive(cache_dir() / "faketime.lock", progress, PACKAGE):
            if not (home / STAMP).exists():
                _make(home, progress)
    return next(home.rglob(NAME))


def environ(preloaded: Path, shift: str) -> dict[str, str]:
    """For a process whose clock is off by so much: +365d, -2h. Files keep their times."""
    return {
        "LD_PRELOAD": str(preloaded),
        "FAKETIME": shift,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }


def _make(home: Path, progress: Progress) -> None:
    shutil.rmtree(home, ignore_errors=True)
    log = home.with_suffix(".log")
    with progress.step(PACKAGE) as step:
        download(home / "packages", [PACKAGE], log, step)
        for package in sorted((home / "packages").glob("*.deb")):
            check_logged(["dpkg", "-x", str(package), str(home / "root")], log, step.note)
    shutil.rmtree(home / "packages")
    (home / STAMP).touch()
