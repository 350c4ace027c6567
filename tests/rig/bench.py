"""`./moonpool bench`: prepares what a benchmark needs and runs it with the environment's Python.

The benchmarks themselves are in bench/side_by_side; the measured ratios go to docs/BENCHMARKS.md.
"""

import os
import subprocess
from pathlib import Path

from rig import environment, launcher, models, preconditions
from rig.paths import REPOSITORY, SHIM_SOURCE, TESTS
from rig.progress import Progress

NEEDS_MOONCAKE = {"first-token", "pool-faults", "remote"}
NEEDS_PEERS = {"directory", "lookup", "remote", "transfer"}


def main(arguments: list[str]) -> int:
    progress = Progress()
    preconditions.check(environment.ready(environment.located()))
    made = environment.prepare(progress)
    java_home = launcher.java_home()
    command = [str(made.python), "-m", "side_by_side", *arguments]
    if not {"-h", "--help"} & set(arguments):
        launcher.build()
    if NEEDS_PEERS & set(arguments):
        _build_peers(java_home, progress)
    command += [
        "--java",
        str(java_home / "bin" / "java"),
        "--models",
        str(models.prepare(made, progress)),
    ]
    if NEEDS_MOONCAKE & set(arguments):
        command += ["--mooncake", str(environment.prepare_mooncake(progress))]
    return subprocess.run(command, env=_environ(), check=False).returncode


def _build_peers(java_home: Path, progress: Progress) -> None:
    maven = ["mvn", "-q", "-B", "-pl", "bench", "-am", "package", "-Dmaven.test.skip=true"]
    with progress.step("the benchmarks' peers"):
        subprocess.run(
            maven, cwd=REPOSITORY, env=dict(os.environ, JAVA_HOME=str(java_home)), check=True
        )


def _environ() -> dict[str, str]:
    paths = [str(REPOSITORY / "bench"), str(SHIM_SOURCE), str(TESTS)]
    return dict(os.environ, PYTHONPATH=os.pathsep.join(paths), OMP_NUM_THREADS="1")
