"""Real etcd and Redis for the tests of discovery.

Debian's packages, with the libraries that the machine lacks, unpacked into the cache: nothing is
installed, no service starts, and what is cached works offline. A server that is on PATH is taken
as it is.
"""

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rig import preconditions
from rig.commands import check_logged
from rig.errors import RigError
from rig.locks import exclusive
from rig.paths import cache_dir
from rig.progress import Progress, Step

STAMP = ".complete"
LIBRARIES = ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu")


@dataclass(frozen=True)
class Service:
    """A server: its program, the package that has it, and the variable that names it to tests."""

    program: str
    package: str
    variable: str


SERVICES = (
    Service("etcd", "etcd-server", "MOONPOOL_TEST_ETCD"),
    Service("redis-server", "redis-server", "MOONPOOL_TEST_REDIS"),
)


def prepare(progress: Progress) -> dict[str, str]:
    """The variables that name the servers, which are made ready now if they are not."""
    missing = [service for service in SERVICES if shutil.which(service.program) is None]
    home = _home(missing)
    if missing and not (home / STAMP).exists():
        with exclusive(cache_dir() / "services.lock", progress, "test servers"):
            if not (home / STAMP).exists():
                _make(home, missing, progress)
    return {service.variable: str(_program(home, service)) for service in SERVICES}


def _home(missing: Sequence[Service]) -> Path:
    packages = " ".join(service.package for service in missing)
    release = Path("/etc/os-release").read_text() if Path("/etc/os-release").exists() else ""
    digest = hashlib.sha256(f"{packages}\n{release}".encode()).hexdigest()[:12]
    return cache_dir() / f"services-{digest}"


def _program(home: Path, service: Service) -> Path:
    installed = shutil.which(service.program)
    return Path(installed) if installed else home / service.program


def _make(home: Path, missing: Sequence[Service], progress: Progress) -> None:
    shutil.rmtree(home, ignore_errors=True)
    log = home.with_suffix(".log")
    with progress.step(f"test servers {' '.join(s.program for s in missing)}") as step:
        download(home / "packages", [service.package for service in missing], log, step)
        for package in sorted((home / "packages").glob("*.deb")):
            check_logged(["dpkg", "-x", str(package), str(home / "root")], log, step.note)
        for service in missing:
            _write_launcher(home, service)
            check_logged([str(home / service.program), "--version"], log, step.note)
    shutil.rmtree(home / "packages")
    (home / STAMP).touch()


def download(folder: Path, packages: Sequence[str], log: Path, step: Step) -> None:
    """Debian packages as files. What is known of the archive may be old or missing: then it is
    asked once more.
    """
    (folder / "partial").mkdir(parents=True)
    names = ["--download-only", "--reinstall", "--no-install-recommends", "-y", "-qq", *packages]
    options = ["-o", "Debug::NoLocking=1", "-o", f"Dir::Cache::archives={folder}"]
    command = ["apt-get", *options, "install", *names]
    try:
        check_logged(command, log, step.note)
        return
    except RigError:
        step.note("asking the archive anew")
    prefix = preconditions.apt_prefix()
    if prefix is None:
        raise RigError(
            f"test servers: apt-get can't be run as root or by passwordless sudo; cure: sudo"
            f" apt-get install {' '.join(packages)}"
        )
    check_logged([*prefix, "apt-get", "update", "-qq"], log, step.note)
    check_logged([*prefix, *command], log, step.note)


def _write_launcher(home: Path, service: Service) -> None:
    """The unpacked program finds the unpacked libraries."""
    program = home / "root" / "usr" / "bin" / service.program
    if not program.exists():
        raise RigError(f"test servers: {service.package} has no /usr/bin/{service.program}")
    libraries = os.pathsep.join(str(home / "root" / folder) for folder in LIBRARIES)
    launcher = home / service.program
    launcher.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH="{libraries}" exec "{program}" "$@"\n')
    launcher.chmod(0o755)
