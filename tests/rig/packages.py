"""Debian packages that the rig needs and can install by itself."""

import os
from collections.abc import Sequence

from rig import preconditions
from rig.commands import check_logged
from rig.errors import RigError
from rig.paths import cache_dir
from rig.progress import Progress


def install(missing: Sequence[str], progress: Progress) -> None:
    """As root or by passwordless sudo; an error with the cure where neither is possible."""
    if not missing:
        return
    names = " ".join(missing)
    prefix = preconditions.apt_prefix()
    if prefix is None:
        raise RigError(f"system packages: {names} missing; cure: sudo apt-get install {names}")
    log = cache_dir() / "apt.log"
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
    with progress.step(f"system packages {names}") as step:
        check_logged([*prefix, "apt-get", "update", "-qq"], log, step.note)
        check_logged(
            [*prefix, *command], log, step.note, dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        )
