"""What every group of one run shares."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rig.environment import Environment
from rig.paths import REPOSITORY, SHIM_SOURCE, TESTS
from rig.progress import Progress

SEED_VARIABLE = "MOONPOOL_TEST_SEED"


@dataclass(frozen=True)
class Context:
    """One run: its tools, its logs, its seed."""

    environment: Environment
    java_home: Path
    models: Path
    logs: Path
    progress: Progress
    long: bool
    seed: str
    services: Mapping[str, str]

    @property
    def python(self) -> str:
        return str(self.environment.python)

    def environ(self) -> dict[str, str]:
        """For every tool: the JDK, our sources on PYTHONPATH, the seed, the models, the servers."""
        inherited = os.environ.get("PYTHONPATH")
        paths = [str(SHIM_SOURCE), str(TESTS), *([inherited] if inherited else [])]
        return (
            dict(os.environ)
            | dict(self.services)
            | {
                "JAVA_HOME": str(self.java_home),
                "PYTHONPATH": os.pathsep.join(paths),
                "PYTHONUNBUFFERED": "1",
                SEED_VARIABLE: self.seed,
                "MOONPOOL_TEST_MODELS": str(self.models),
                "MOONPOOL_TEST_PYTHON": self.python,
                "MOONPOOL_TEST_LONG": "1" if self.long else "",
            }
        )


def new_seed() -> str:
    """New each run, unless one is given back to repeat a failure."""
    return os.environ.get(SEED_VARIABLE) or str(secrets.randbelow(1 << 31))


def log_folder() -> Path:
    return REPOSITORY / "target" / "test-logs"
