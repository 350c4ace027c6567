"""What the machine must bring along, checked before anything is downloaded; each unmet point is
one line with its cure.
"""

import ctypes
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from rig.errors import PreconditionError
from rig.paths import LAUNCHER, cache_dir

DISK_BYTES_MIN = 15 * 10**9
PYTHON_MIN, PYTHON_MAX = (3, 10), (3, 13)


def check(environment_ready: bool, hosts: bool = False) -> None:
    """Raise one error that lists every unmet precondition; hosts: of several hosts on this machine,
    too.
    """
    problems = [
        _platform_problem(),
        _python_problem(),
        _java_problem(),
        _maven_problem(),
        _apt_problem("libnuma1", "libnuma.so.1", library_present("libnuma.so.1")),
    ]
    if hosts:
        problems += [
            _apt_problem("iproute2", "ip", shutil.which("ip") is not None),
            _namespace_problem(),
        ]
    if not environment_ready:
        problems.append(_disk_problem())
    unmet = [problem for problem in problems if problem]
    if unmet:
        raise PreconditionError("\n".join(unmet))


def library_present(name: str) -> bool:
    """Whether the dynamic linker finds a shared library."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def privileged() -> list[str]:
    """What a command needs before it so that it may make network namespaces: nothing for root, else
    a user namespace in which it is root.
    """
    return [] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user"]


def apt_prefix() -> list[str] | None:
    """How to run apt-get here without a question: as root, by passwordless sudo, or not."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if (
        sudo
        and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return [sudo, "-n"]
    return None


def _platform_problem() -> str | None:
    system, machine = platform.system(), platform.machine()
    if (system, machine) != ("Linux", "x86_64"):
        return (
            f"platform: {system} {machine} is not supported by the demo and the tests"
            " (real vLLM needs Linux x86_64); cure: use a Linux x86_64 machine or VM"
        )
    libc, version = platform.libc_ver()
    if libc != "glibc" or tuple(map(int, version.split(".")[:2])) < (2, 28):
        shown = f"libc: {libc or 'not glibc'} {version}, need glibc 2.28 or newer"
        return f"{shown}; cure: use Debian 10, Ubuntu 20.04 or newer"
    return None


def _python_problem() -> str | None:
    version = sys.version_info[:2]
    shown = f"python: {sys.executable} is {version[0]}.{version[1]}"
    if not PYTHON_MIN <= version <= PYTHON_MAX:
        return f"{shown}, need 3.10 to 3.13; cure: put one on PATH or set MOONPOOL_PYTHON to it"
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        package = f"python{version[0]}.{version[1]}-venv"
        return f"{shown} without {' and '.join(missing)}; cure: apt-get install {package}"
    return None


def _java_problem() -> str | None:
    found = subprocess.run([LAUNCHER, "java-home"], capture_output=True, text=True, check=False)
    return None if found.returncode == 0 else found.stderr.strip()


def _maven_problem() -> str | None:
    if shutil.which("mvn"):
        return None
    return "Maven: no mvn on PATH; cure: apt-get install maven"


def _apt_problem(package: str, what: str, present: bool) -> str | None:
    if present or apt_prefix() is not None:
        return None
    return (
        f"{package}: {what} is missing and apt-get can't be run as root or by passwordless sudo;"
        f" cure: sudo apt-get install {package}"
    )


def _namespace_problem() -> str | None:
    """Tried: containers and kernels forbid it in more ways than could be asked for."""
    command = [*privileged(), "unshare", "--net", "true"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    if tried.returncode == 0:
        return None
    return (
        f"network namespaces: `{' '.join(command)}` failed ({tried.stderr.strip()}); cure: run as"
        " root, in a container with --cap-add SYS_ADMIN --cap-add NET_ADMIN, or allow unprivileged"
        " user namespaces (sysctl kernel.apparmor_restrict_unprivileged_userns=0)"
    )


def _disk_problem() -> str | None:
    folder = _existing_parent(cache_dir())
    free = shutil.disk_usage(folder).free
    if free >= DISK_BYTES_MIN:
        return None
    return (
        f"disk: {free / 1e9:.1f} GB free at {folder}, need {DISK_BYTES_MIN / 1e9:.0f} GB;"
        " cure: free some, or set MOONPOOL_CACHE to a folder on a larger disk"
    )


def _existing_parent(path: Path) -> Path:
    return path if path.exists() else _existing_parent(path.parent)
