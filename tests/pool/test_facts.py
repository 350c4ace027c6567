"""What only the directory knows outlives its process, and what was removed stays removed."""

import json
import shutil
from collections.abc import Iterator

import pytest
from e2e.admin import wait_until

from pool.client import Client, chain, first, hits
from pool.conftest import Clients
from pool.directory import Directory, Keys
from pool.members import Member, Pool

QUOTA = 987_654_321
HOUR_MS = 3_600_000
MOMENT_MS = 4_000
# A directory makes no copies before its members had 10 s to come back.
COPIED_S = 45.0


@pytest.fixture
def directory(pool: Pool) -> Iterator[Directory]:
    with Directory(pool.master) as made:
        yield made


def restart(pool: Pool) -> None:
    pool.master.kill()
    pool.master.start()


def test_what_only_the_master_knows_survives_its_kill(
    pool: Pool, c: Member, clients: Clients, directory: Directory
) -> None:
    """A quota, pins with their ends, copies wanted of what nobody has yet, a drain under way."""
    on_a, on_b, on_c = (clients(member) for member in pool.members.values())
    pinned, moment, soon = (chain(name, 4) for name in ("pinned", "pinned shortly", "wanted"))
    for keys in (pinned, moment):
        assert on_a.save(keys) == 4
        pool.owned_by(keys, 1)
    known = directory.keys(pinned, pinned)
    directory.mark(known, hard_ms=HOUR_MS)
    directory.mark(Keys(known.layout, known.epoch, moment), hard_ms=MOMENT_MS)
    directory.mark(Keys(known.layout, known.epoch, soon), wanted=2)
    set_quota(pool, QUOTA)
    begin_drain(pool, c)
    restart(pool)
    wait_until(lambda: pool.live() == 2, "two members that are not drained")
    assert quota(pool) == QUOTA
    for keys in (pinned, moment):
        pool.owned_by(keys, 1)
    answer = directory.remove(known)
    assert (answer.removed, answer.pinned) == (0, 4)
    ended = Keys(known.layout, known.epoch, moment)
    wait_until(lambda: directory.remove(ended).pinned == 0, "the end of a pin")
    assert on_b.load(moment) == 0
    assert on_a.save(soon) == 4
    leaves(pool, c, on_c)
    wait_until(lambda: pool.owners(soon[-32:]) == 2, "the wanted copy", COPIED_S)
    assert pool.drain("--cancel", pool.name_of(c)).returncode == 0
    restart(pool)
    pool.joined(3)
    stays = chain("saved after the drain", 4)
    assert on_c.save(stays) == 4
    hits(on_a, stays)
    pool.owned_by(stays, 2)


def set_quota(pool: Pool, quota_bytes: int) -> None:
    body = json.dumps({"requested_quota_bytes": quota_bytes})
    pool.master.send("PUT", "/api/v1/tenant_quotas?tenant_id=default", body)


def quota(pool: Pool) -> int:
    page = json.loads(pool.master.get("/api/v1/tenant_quotas?tenant_id=default"))
    return int(page["data"]["requested_quota_bytes"])


def begin_drain(pool: Pool, member: Member) -> None:
    body = json.dumps({"segments": [pool.name_of(member)]})
    pool.master.send("POST", "/api/v1/drain_jobs", body)


def leaves(pool: Pool, member: Member, client: Client) -> None:
    """What a drained member saves now moves away, too."""
    keys = chain("saved while drained", 4)
    assert client.save(keys) == 4
    wait_until(
        lambda: pool.holders(keys[-32:]) and member.host.address not in pool.holders(keys[-32:]),
        "what a drained member saves is elsewhere",
    )


def test_what_was_removed_comes_back_with_nobody(
    pool: Pool, c: Member, clients: Clients, directory: Directory
) -> None:
    """One that was away when blocks were removed still has them, and the next master does not take
    them. Members that were told have dropped them, so that not even a master that lost all it knew
    gets them back.
    """
    on_a, on_b, on_c = (clients(member) for member in pool.members.values())
    single, whole = chain("removed by name", 6), chain("removed with all", 6)
    for keys in (single, whole):
        assert on_c.save(keys) == 6
        hits(on_a, keys)
        pool.owned_by(keys, 2)
    named = directory.keys(single, single)
    c.kill()
    assert directory.remove(named).removed == 6
    restart(pool)
    c.start()
    pool.joined(3)
    on_c = clients(c)
    gone(pool, single, on_a, on_b, on_c)
    hits(on_b, whole)
    pool.master.send("POST", "/api/v1/remove_all?tenant_id=default", "")
    gone(pool, whole, on_a, on_b, on_c)
    c.kill()
    pool.master.kill()
    shutil.rmtree(pool.master.spec.folder / "master")
    pool.master.start()
    c.start()
    pool.joined(3)
    on_c = clients(c)
    for keys in (single, whole):
        gone(pool, keys, on_a, on_b, on_c)
    assert on_a.save(first(single, 3)) == 3
    hits(on_c, first(single, 3))


def gone(pool: Pool, keys: bytes, *readers: Client) -> None:
    """Soon: who was away learns of it when it joins, and may have it until then."""
    for reader in readers:
        wait_until(lambda reader=reader: reader.load(keys) == 0, "it is a miss")
    assert pool.owners(keys[:32]) == 0
