# SPDX-License-Identifier: Apache-2.0
"""`python -m side_by_side NAME …`: what `./moonpool bench NAME` runs, with the environment's
Python.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rig.sidecar import Sidecar, SidecarSpec, sidecar_folder

from side_by_side import (
    copies,
    directory,
    first_token,
    garbage,
    idle,
    lookup,
    overhead,
    pool_faults,
    remote,
    transfer,
)
from side_by_side.report import Report

ARENA_BYTES = 1 << 30


@dataclass(frozen=True)
class Places:
    """What was prepared for us."""

    java: Path
    models: Path
    mooncake: Path | None
    folder: Path

    @property
    def python(self) -> Path:
        return Path(sys.executable)


def _lookup(places: Places) -> Report:
    with _sidecar(places) as sidecar:
        return lookup.run(sidecar.spec.socket, places.folder, places.java)


def _copies(places: Places) -> Report:
    with _sidecar(places) as sidecar:
        return copies.run(sidecar.spec.socket)


def _idle(places: Places) -> Report:
    with _sidecar(places) as sidecar:
        return idle.run(sidecar.spec.socket, sidecar.pid)


def _garbage(places: Places) -> Report:
    with _sidecar(places) as sidecar:
        return garbage.run(sidecar)


def _first_token(places: Places) -> Report:
    with _sidecar(places) as sidecar:
        model = places.models / "mha"
        return first_token.run(
            places.python, places.mooncake, model, sidecar.spec.socket, places.folder
        )


def _overhead(places: Places) -> Report:
    with _sidecar(places) as sidecar:
        return overhead.run(
            places.python, places.models / "gqa", sidecar.spec.socket, places.folder
        )


def _transfer(places: Places) -> Report:
    return transfer.run(places.java)


def _directory(places: Places) -> Report:
    return directory.run(places.java)


def _pool_faults(places: Places) -> Report:
    return pool_faults.run(places.folder, places.mooncake)


def _remote(places: Places) -> Report:
    return remote.run(places.folder, places.java, places.mooncake)


BENCHMARKS: dict[str, Callable[[Places], Report]] = {
    "lookup": _lookup,
    "copies": _copies,
    "idle": _idle,
    "garbage": _garbage,
    "first-token": _first_token,
    "overhead": _overhead,
    "directory": _directory,
    "pool-faults": _pool_faults,
    "remote": _remote,
    "transfer": _transfer,
}


@contextmanager
def _sidecar(places: Places) -> Iterator[Sidecar]:
    with sidecar_folder() as folder:
        spec = SidecarSpec(folder, arena_bytes=ARENA_BYTES)
        with Sidecar(spec, places.folder / "sidecar.log") as sidecar:
            yield sidecar


def main() -> int:
    parser = argparse.ArgumentParser(prog="moonpool bench", description=__doc__)
    parser.add_argument("name", choices=sorted(BENCHMARKS))
    parser.add_argument(
        "--write", action="store_true", help="replace the section in docs/BENCHMARKS.md"
    )
    parser.add_argument("--java", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--models", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--mooncake", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="moonpool-bench-") as folder:
        places = Places(options.java, options.models, options.mooncake, Path(folder))
        report = BENCHMARKS[options.name](places)
    print(report.text())
    if options.write:
        report.write()
    return 0 if all(ratio.met for ratio in report.ratios) else 1


if __name__ == "__main__":
    sys.exit(main())
