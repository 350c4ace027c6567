"""Tells whole installed distributions from those that an interrupted pip left half made."""

import csv
import shutil
from pathlib import Path


def drop_half_installed(site_packages: Path) -> list[str]:
    """Forget distributions whose files are not all there, so that pip installs them again.

    pip writes RECORD, the list of a distribution's files with their sizes, when the rest is in
    place. Without it, or when a file differs in size from what it says, the distribution counts for
    nothing.
    """
    dropped = []
    for information in sorted(site_packages.glob("*.dist-info")):
        if not _is_whole(information):
            shutil.rmtree(information)
            dropped.append(information.name)
    return dropped


def _is_whole(information: Path) -> bool:
    record = information / "RECORD"
    if not record.exists():
        return False
    with record.open(newline="") as file:
        return all(_is_there(information.parent / row[0], row[2]) for row in csv.reader(file))


def _is_there(file: Path, size: str) -> bool:
    """Files that pip made itself, such as bytecode, carry no size and may be missing."""
    return not size or (file.exists() and file.stat().st_size == int(size))
