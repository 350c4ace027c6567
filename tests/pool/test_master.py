"""The master dies and comes back empty: members tell it all again, and local hits never notice."""

import shutil
import threading

import pytest
from e2e.admin import wait_until

from pool.client import Client, chain, hits
from pool.conftest import Clients, Pools
from pool.members import Member, Pool, started

SMALL_BYTES = 4096
RUN = 500
# 3 s are promised for 100,000 keys.
BACK_S = 15.0


class LocalHits:
    """Loads one chain over and over on a thread of its own; counts what was no whole hit."""

    def __init__(self, member: Member, namespace: str) -> None:
        self.loads = 0
        self.failed = 0
        self._keys = chain("local", 20)
        self._ready, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, args=(member, namespace))

    def __enter__(self) -> "LocalHits":
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self, member: Member, namespace: str) -> None:
        with Client(member.socket, SMALL_BYTES, namespace) as client:
            assert client.save(self._keys) == 20
            self._ready.set()
            while not self._stop.wait(0.005):
                try:
                    self.failed += client.load(self._keys) != 20
                except (TimeoutError, AssertionError):
                    self.failed += 1
                self.loads += 1


def loses_master(pool: Pool, a: Member, clients: Clients, b: Member, count: int) -> None:
    """Kill the master with so many keys of one member, start it again without what it wrote."""
    runs = [chain(f"run/{i}", RUN) for i in range(count // RUN)]
    on_a, on_b = clients(a, SMALL_BYTES), clients(b, SMALL_BYTES)
    before = pool.keys()
    with LocalHits(a, "local hits") as local:
        for keys in runs:
            assert on_a.save(keys) == RUN
        known = before + count + 20
        wait_until(lambda: pool.keys() >= known, f"{known} keys", 60)
        pool.master.kill()
        assert on_a.load(runs[0]) == RUN
        assert on_b.load(runs[-1]) == 0
        shutil.rmtree(pool.master.spec.folder / "master")
        loads = local.loads
        wait_until(lambda: local.loads > loads + 50, "local hits without a master")
        pool.master.start()
        wait_until(lambda: pool.keys() >= known, "every key is back", BACK_S)
        for keys in runs[:: max(1, len(runs) // 20)]:
            hits(on_b, keys)
    assert local.failed == 0
    assert local.loads > 100


def test_a_killed_master_has_every_key_back(
    pool: Pool, a: Member, b: Member, clients: Clients
) -> None:
    loses_master(pool, a, clients, b, 20_000)


@pytest.mark.long
def test_a_killed_master_has_a_hundred_thousand_keys_back(pools: Pools, clients: Clients) -> None:
    pool = pools("large")
    pool.start("large", "reader", arena_bytes=1 << 30)
    large, reader = pool.members.values()
    loses_master(pool, large, clients, reader, 100_000)


def test_a_stopped_master_is_waited_for_a_moment_only(
    pool: Pool, a: Member, b: Member, clients: Clients
) -> None:
    """It holds the connection and says nothing: lookups are answered all the same."""
    on_a, on_b = clients(a), clients(b)
    keys = chain("master stopped", 10)
    assert on_a.save(keys) == 10
    pool.owned_by(keys, 1)
    silent = b.losses("directory_silent")
    pool.master.freeze()
    try:
        assert on_a.load(keys) == 10
        assert [on_b.load(keys) for _ in range(3)] == [0] * 3
        assert b.losses("directory_silent") > silent
        assert on_b.save(chain("saved without a master", 10)) == 10
    finally:
        pool.master.thaw()
    hits(on_b, keys)
    hits(on_a, chain("saved without a master", 10))


def test_members_that_start_before_their_master_join_it(pools: Pools, clients: Clients) -> None:
    """And serve their own host meanwhile."""
    pool = pools("late")
    pool.master.kill()
    one, other = (pool.add(name, pool.network.host(), 64 << 20) for name in ("one", "other"))
    started([one, other])
    on_one, on_other = clients(one), clients(other)
    keys = chain("early", 50)
    assert on_one.save(keys) == 50
    assert on_one.load(keys) == 50
    assert on_other.load(keys) == 0
    pool.master.start()
    hits(on_other, keys)
