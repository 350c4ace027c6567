"""`moonpool drain`: everything moves away while others read it, and the member leaves."""

import random
import re
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from e2e.admin import wait_until

from pool.client import Client, chain
from pool.conftest import Clients
from pool.members import Member, Pool

BLOCK_BYTES = 64 << 10
BLOCKS = 16
NAMESPACE = "drain"


class Reads:
    """Loads chains by chance on a member, on a thread of its own, until its block ends.

    What is missed because somebody did not answer in time is this machine's fault: it is counted
    apart.
    """

    def __init__(self, member: Member, chains: Sequence[bytes], seed: int) -> None:
        self.loads = 0
        self.missed = 0
        self._member, self._chains, self._draw = member, chains, random.Random(seed)
        self._silent = silences(member)
        self._stop = threading.Event()
        self._threads = ThreadPoolExecutor(1)

    def __enter__(self) -> "Reads":
        self._running = self._threads.submit(self._run)
        wait_until(lambda: self.loads > 0 or self._running.done(), "the first read")
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._threads.shutdown()
        self._running.result()

    def missed_in_time(self) -> int:
        """Blocks that were missed though everybody had answered."""
        return 0 if silences(self._member) > self._silent else self.missed

    def _run(self) -> None:
        with Client(self._member.socket, BLOCK_BYTES, NAMESPACE) as client:
            while not self._stop.is_set():
                self.missed += BLOCKS - client.load(self._draw.choice(self._chains))
                self.loads += 1


def silences(member: Member) -> int:
    return member.losses("directory_silent") + member.losses("owner_silent")


def state_of(pool: Pool, member: Member) -> str:
    """OK, DRAINING, DRAINED or another, as the master's page says."""
    page = pool.master.get(f"/api/v1/segments/status?segment={pool.name_of(member)}")
    found = re.search(r'"status_name":"(\w+)"', page)
    assert found, page
    return found[1]


@pytest.fixture
def pool(moving: Pool) -> Pool:
    moving.whole()
    return moving


def test_a_drained_member_loses_nothing_while_others_read(
    pool: Pool, clients: Clients, seed: int
) -> None:
    """Half of what it has is read all the while, the other half by nobody before it is dead."""
    p, q, r = (pool.members[name] for name in "pqr")
    on_p = clients(p, BLOCK_BYTES, NAMESPACE)
    known = pool.keys()
    read, quiet = ([chain(f"{kind}/{i}", BLOCKS) for i in range(16)] for kind in ("read", "quiet"))
    assert [on_p.save(keys) for keys in read + quiet] == [BLOCKS] * 32
    wait_until(lambda: pool.keys() >= known + 32 * BLOCKS, "the directory knows all of it")
    with Reads(q, read, seed) as on_q, Reads(r, read, seed + 1) as on_r:
        before = on_q.loads, on_r.loads
        done = pool.drain(pool.name_of(p))
        after = on_q.loads, on_r.loads
    assert done.returncode == 0, done
    end = re.search(r"drained, 0 objects left, (\d+) moved$", done.stdout.strip())
    assert end, done
    assert int(end[1]) >= 32 * BLOCKS
    assert all(late > early for early, late in zip(before, after, strict=True))
    assert (on_q.missed_in_time(), on_r.missed_in_time()) == (0, 0)
    p.kill()
    for reader in (q, r):
        client = clients(reader, BLOCK_BYTES, NAMESPACE)
        assert [client.load(keys) for keys in read + quiet] == [BLOCKS] * 32
    goes_on(pool, p)
    leaves(pool, p)


def goes_on(pool: Pool, member: Member) -> None:
    """Killed, it is drained when it comes back: what it saves then moves away too."""
    member.start()
    keys = chain("saved while drained", BLOCKS)
    with member.client(BLOCK_BYTES, NAMESPACE) as client:
        assert client.save(keys) == BLOCKS
    wait_until(
        lambda: pool.holders(keys[-32:]) and member.host.address not in pool.holders(keys[-32:]),
        "what a drained member saves is elsewhere",
    )
    wait_until(lambda: state_of(pool, member) == "DRAINED", "all of it")


def leaves(pool: Pool, member: Member) -> None:
    """Stopped, it says goodbye; started again it is as good as new."""
    assert member.sidecar.terminate() == 0
    assert member.host.address not in pool.master.get("/get_all_segments")
    member.start()
    pool.joined(len(pool.members))
    with member.client(BLOCK_BYTES, NAMESPACE) as client:
        keys = chain("saved after the drain", BLOCKS)
        assert client.save(keys) == BLOCKS
        pool.owned_by(keys, 1)
        assert client.load(chain("saved while drained", BLOCKS)) == BLOCKS


def test_a_drain_of_nobody_says_so(pool: Pool) -> None:
    refused = pool.drain("nobody")
    assert refused.returncode == 78
    assert "no member is called 'nobody'" in refused.stderr
