"""The Java side through ./moonpool, as users run it."""

import json
import subprocess
from pathlib import Path
from typing import Any

from rig.errors import RigError
from rig.paths import LAUNCHER

STATUS_TIMEOUT_S = 30.0


def build() -> None:
    """Build what changed, once, before anything starts on the clock. Shows its own progress."""
    if subprocess.run([LAUNCHER, "build"], check=False).returncode != 0:
        raise RigError("the Java side did not build; see above")


def status(socket: Path) -> dict[str, Any]:
    """What `moonpool status --json` says of the sidecar at a socket."""
    command = [str(LAUNCHER), "status", "--json", "--socket", str(socket)]
    answer = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=STATUS_TIMEOUT_S
    )
    if answer.returncode != 0:
        raise RigError(f"`moonpool status` failed: {answer.stderr.strip()}")
    return dict(json.loads(answer.stdout))


def java_home() -> Path:
    """The JDK that ./moonpool runs on."""
    answer = subprocess.run([LAUNCHER, "java-home"], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise RigError(answer.stderr.strip())
    return Path(answer.stdout.strip())
