"""The groups of tests: how each is run, and how its outcomes are read."""

import fcntl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rig.commands import run_logged
from rig.paths import REPOSITORY
from rig.preconditions import privileged
from rig.progress import Step
from rig.suite.context import Context
from rig.suite.results import Outcome, Status, failed, from_junit, passed

RUFF_CONFIGS = (
    ("connector-python-shim", "connector-python-shim/pyproject.toml"),
    ("tests", "tests/pyproject.toml"),
    ("bench", "tests/pyproject.toml"),
    ("examples", "tests/pyproject.toml"),
)
OVERTIME = 3.0


@dataclass(frozen=True)
class Run:
    """One group in one run: writes to its log, ends at its deadline."""

    context: Context
    group: str
    step: Step
    deadline: float

    @property
    def log(self) -> Path:
        return self.context.logs / f"{self.group}.log"

    def tool(self, command: Sequence[str], environ: dict[str, str] | None = None) -> int:
        """Run a tool with the group's environment; its exit status."""
        left_s = self.deadline - time.monotonic()
        variables = self.context.environ() | (environ or {})
        return run_logged(command, self.log, self.step.note, variables, timeout_s=left_s)

    def pytest(
        self, folders: Sequence[str], *options: str, prefix: Sequence[str] = ()
    ) -> list[Outcome]:
        """Run pytest over folders that exist; what it wrote decides, its status confirms."""
        present = [folder for folder in folders if (REPOSITORY / folder).is_dir()]
        report = self.context.logs / f"{self.group}-{folders[0].replace('/', '-')}.xml"
        report.unlink(missing_ok=True)
        command = [*prefix, self.context.python, "-m", "pytest", "-v", f"--junitxml={report}"]
        status = self.tool([*command, *options, *present]) if present else 0
        outcomes = from_junit([report] if report.exists() else [])
        return confirmed(outcomes, "pytest", status)

    def gate(self, name: str, command: Sequence[str]) -> Outcome:
        """A tool that is one check."""
        status = self.tool(command)
        return passed(name) if status == 0 else failed(name, f"exit status {status}")


@dataclass(frozen=True)
class Group:
    """A group's name, its share of the time, and how it is run."""

    name: str
    budget_s: int
    run: Callable[[Run], list[Outcome]]

    def deadline_s(self, long: bool) -> float:
        return self.budget_s * OVERTIME * (10 if long else 1)


def confirmed(outcomes: list[Outcome], tool: str, status: int) -> list[Outcome]:
    """A tool that failed without naming a failed test is a failure by itself."""
    if status == 0 or any(outcome.status is Status.FAILED for outcome in outcomes):
        return outcomes
    return [*outcomes, failed(tool, f"exit status {status}")]


def _gates(run: Run) -> list[Outcome]:
    """Compile, Error Prone, unit tests, arrows, tidiness, format: `mvn verify` of every module."""
    began = time.time()
    with (REPOSITORY / "pom.xml").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the launcher's own build holds the same lock
        status = run.tool(
            ["mvn", "-B", "-ntp", "-fae", "-f", str(REPOSITORY / "pom.xml"), "verify"]
        )
    reports = REPOSITORY.glob("**/target/surefire-reports/TEST-*.xml")
    outcomes = from_junit(file for file in reports if file.stat().st_mtime >= began)
    return [
        *confirmed(outcomes, "mvn verify", status),
        *([passed("mvn verify")] if not status else []),
    ]


def _stress(run: Run) -> list[Outcome]:
    """jcstress over the lock-free code: nothing forbidden, and broken variants that show it."""
    jar = REPOSITORY / "tests" / "stress" / "target" / "stress.jar"
    reports = str(run.context.logs / "jcstress")
    java = str(run.context.java_home / "bin" / "java")
    status = run.tool([java, "-cp", str(jar), "io.moonpool.stress.Stress", reports])
    said = run.log.read_text(errors="replace") if run.log.exists() else ""
    return [
        _said(said, "sound tests passed", status),
        _said(said, "broken variants caught 5 of 5", status),
    ]


def _said(output: str, line: str, status: int) -> Outcome:
    name = f"jcstress: {line}"
    return passed(name) if f"stress: {line}" in output else failed(name, f"exit status {status}")


def _python(run: Run) -> list[Outcome]:
    """Lint, format, types and the tests of the connector and of the rig itself."""
    python = run.context.python
    outcomes = []
    for folder, config in RUFF_CONFIGS:
        if any((REPOSITORY / folder).rglob("*.py")):
            path, settings = str(REPOSITORY / folder), ["--config", str(REPOSITORY / config)]
            lint = [python, "-m", "ruff", "check", *settings, path]
            form = [python, "-m", "ruff", "format", "--check", *settings, path]
            outcomes += [run.gate(f"lint {folder}", lint), run.gate(f"format {folder}", form)]
    outcomes.append(run.gate("types rig", [*_mypy(python, "tests/pyproject.toml"), "tests/rig"]))
    shim = _mypy(python, "connector-python-shim/pyproject.toml")
    outcomes.append(run.gate("types shim", [*shim, "connector-python-shim/src"]))
    marks = [] if run.context.long else ["-m", "not long"]
    outcomes += run.pytest(["connector-python-shim/tests"], *marks)
    return outcomes + run.pytest(["tests/rig/tests"], prefix=privileged())


def _mypy(python: str, config: str) -> list[str]:
    return [python, "-m", "mypy", "--config-file", str(REPOSITORY / config)]


def _e2e(run: Run) -> list[Outcome]:
    """Real vLLM and real sidecars: the models' sensitivity, on which the rest stands, too."""
    marks = [] if run.context.long else ["-m", "not long"]
    return run.pytest(["tests/e2e", "tests/models"], *marks, prefix=privileged())


def _pool(run: Run) -> list[Outcome]:
    """Sidecars on several hosts and a master, no engines: faults, and every byte checked."""
    marks = [] if run.context.long else ["-m", "not long"]
    return run.pytest(["tests/pool"], *marks, prefix=privileged())


GROUPS = (
    Group("gates", 240, _gates),
    Group("stress", 180, _stress),
    Group("python", 300, _python),
    Group("pool", 360, _pool),
    Group("e2e", 900, _e2e),
)
