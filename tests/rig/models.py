"""The tiny models in the cache: made once per recipe, renamed into place when complete."""

import hashlib
import os
import shutil
from pathlib import Path

from rig.commands import check_logged
from rig.environment import Environment
from rig.locks import exclusive
from rig.paths import TESTS, cache_dir
from rig.progress import Progress

MAKER = TESTS / "models" / "make.py"
SHAPES = ("mha", "gqa", "swa", "mla")


def prepare(environment: Environment, progress: Progress) -> Path:
    """The folder with one model per shape."""
    recipe = f"{environment.home.name} {MAKER.read_text()}"
    home = cache_dir() / f"models-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    if not home.exists():
        with exclusive(cache_dir() / "models.lock", progress, "tiny models"):
            if not home.exists():
                _make(home, environment, progress)
    return home


def _make(home: Path, environment: Environment, progress: Progress) -> None:
    unfinished = home.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    log = home.with_suffix(".log")
    with progress.step("four tiny models with random weights") as step:
        command = [str(environment.python), str(MAKER), str(unfinished), *SHAPES]
        offline = dict(os.environ, HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")
        check_logged(command, log, step.note, offline)
        unfinished.rename(home)
