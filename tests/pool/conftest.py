"""What the cases share: a pool of three members, and the proof that nothing is left behind.

Run by `./moonpool test pool`. A case breaks what it likes: before the next one the pool is made
whole again. Cases that need other arenas make a pool of their own.
"""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from e2e import leftovers
from rig.hosts import Network
from rig.master import Master, MasterSpec
from rig.paths import REPOSITORY
from rig.sidecar import sidecar_folder

from pool.client import Client
from pool.members import Member, Pool

MEMBERS = ("a", "b", "c")
MOVING_ARENA = 64 << 20
Clients = Callable[..., Client]
Pools = Callable[[str], Pool]


@pytest.fixture(scope="session")
def seed() -> int:
    """New each run, printed by the runner."""
    return int(os.environ.get("MOONPOOL_TEST_SEED", "1"))


@pytest.fixture(scope="session", autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """After the last case no process, socket or shared memory of ours remains."""
    watch = leftovers.Watch()
    yield
    assert watch.is_clean(), f"left behind: {watch.found()}"


@pytest.fixture(scope="session")
def logs() -> Path:
    """Where the run before left its own; kept until the next one."""
    folder = REPOSITORY / "target" / "test-logs" / "pool"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@contextmanager
def founded(logs: Path, name: str, *options: str) -> Iterator[Pool]:
    """A master with these options, and no members yet."""
    with Network() as network, sidecar_folder() as folder:
        (logs / name).mkdir()
        spec = MasterSpec(folder, options, place=network.host())
        with Master(spec, logs / name / "master.log") as master:
            pool = Pool(network, folder, logs / name, master)
            try:
                yield pool
            finally:
                pool.close()


@pytest.fixture(scope="module")
def pools(logs: Path) -> Iterator[Pools]:
    """Makes pools that have a master and no members yet."""
    with ExitStack() as stack:

        def made(name: str) -> Pool:
            return stack.enter_context(founded(logs, name))

        yield made


@pytest.fixture(scope="session")
def standing(logs: Path) -> Iterator[Pool]:
    """The pool of most cases."""
    with founded(logs, "standing", "--enable_multi_tenants") as pool:
        pool.start(*MEMBERS)
        yield pool


@pytest.fixture(scope="session")
def moving(logs: Path) -> Iterator[Pool]:
    """The pool of what moves between members. Its master stays alive: members that have been there
    for a minute are no newcomers.
    """
    with founded(logs, "moving") as pool:
        pool.start("p", "q", "r", arena_bytes=MOVING_ARENA)
        yield pool


@pytest.fixture
def pool(standing: Pool) -> Pool:
    """Three members named a, b and c, all well."""
    standing.whole()
    return standing


@pytest.fixture
def a(pool: Pool) -> Member:
    return pool.members["a"]


@pytest.fixture
def b(pool: Pool) -> Member:
    return pool.members["b"]


@pytest.fixture
def c(pool: Pool) -> Member:
    return pool.members["c"]


@pytest.fixture
def clients(request: pytest.FixtureRequest) -> Iterator[Clients]:
    """Makes clients of members; each case has a namespace of its own unless it names one."""
    with ExitStack() as stack:

        def client(member: Member, payload_bytes: int = 16 << 10, namespace: str = "") -> Client:
            name = namespace or request.node.nodeid
            return stack.enter_context(member.client(payload_bytes, name))

        yield client


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """A failure shows how the logs of master and sidecars end."""
    report = yield
    if report.failed and hasattr(item, "funcargs"):
        for value in item.funcargs.values():
            if isinstance(value, Pool):
                report.sections.extend(value.log_tails())
    return report
