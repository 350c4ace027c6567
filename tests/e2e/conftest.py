"""What the cases share: one sidecar, engines by name, and the proof that nothing is left behind.

Run by `./moonpool test e2e` with the Python of the cached environment. Engines are started when a
case first asks for them and closed when more than two would live: a start takes 15 to 60 s, and the
whole suite is held to sixteen.
"""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from rig.paths import REPOSITORY
from rig.sidecar import sidecar_folder

from e2e import leftovers
from e2e.fleet import Fleet
from e2e.host import Host
from e2e.journal import Journal
from e2e.station import Station

ARENA_BYTES = 1536 << 20
# Cases that share an engine run one after the other; the first file needs an engine that has never
# seen a sidecar.
ORDER = (
    "test_master",
    "test_reader",
    "test_absent",
    "test_faults",
    "test_metrics",
    "test_identity",
    "test_two_engines",
    "test_reset",
    "test_adapters",
    "test_shapes",
    "test_tensor_parallel",
    "test_two_hosts",
    "test_stock_config",
    "test_older_engine",
)

JOURNAL = pytest.StashKey[Journal]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[JOURNAL] = Journal()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {name: index for index, name in enumerate(ORDER)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    journal = config.stash[JOURNAL]
    terminalreporter.section("tokens loaded")
    for line in journal.lines:
        terminalreporter.line(line)
    starts = journal.engine_starts
    terminalreporter.line(f"engine starts: {len(starts)} ({', '.join(starts)})")


@pytest.fixture(scope="session")
def seed() -> int:
    """New each run, printed by the runner."""
    return int(os.environ["MOONPOOL_TEST_SEED"])


@pytest.fixture(scope="session")
def journal(request: pytest.FixtureRequest) -> Journal:
    return request.config.stash[JOURNAL]


@pytest.fixture(scope="session", autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """After the last case no process, socket or shared memory of ours remains."""
    watch = leftovers.Watch()
    yield
    assert watch.is_clean(), f"left behind: {watch.found()}"


@pytest.fixture(scope="session")
def logs() -> Path:
    """Where the run before left its own; kept until the next one."""
    folder = REPOSITORY / "target" / "test-logs" / "e2e"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="session")
def model_root() -> Path:
    """One folder a shape."""
    return Path(os.environ["MOONPOOL_TEST_MODELS"])


@pytest.fixture(scope="session")
def host(logs: Path) -> Iterator[Host]:
    """The sidecar of most cases; not started: an engine comes first."""
    with sidecar_folder() as folder:
        host = Host(folder, logs / "sidecar.log", ARENA_BYTES)
        yield host
        host.close()


@pytest.fixture(scope="session")
def fleet(model_root: Path, host: Host, logs: Path, journal: Journal) -> Iterator[Fleet]:
    fleet = Fleet(model_root, host, logs, journal)
    yield fleet
    fleet.close()


@pytest.fixture(scope="session")
def stations(fleet: Fleet, host: Host) -> Callable[[str], Station]:
    """Engines by name, attached to a sidecar that runs."""

    def station(name: str) -> Station:
        if not host.running:
            host.start()
        return fleet.station(name)

    return station


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """A failure shows how the logs of sidecar and engines end."""
    report = yield
    if report.failed:
        fleet = item.funcargs.get("fleet") if hasattr(item, "funcargs") else None
        if isinstance(fleet, Fleet):
            report.sections.extend(fleet.log_tails())
    return report
