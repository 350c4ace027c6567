"""Where copies go: away from a host that gives no memory, to the member that was named, hardly to
one that has just come, and away from a full arena before anything is evicted there.
"""

import re
import time
from collections import Counter
from datetime import datetime

import pytest
from e2e.admin import wait_until

from pool.client import chain, hits
from pool.conftest import MOVING_ARENA, Clients
from pool.directory import Directory
from pool.members import Member, Pool, started

BLOCK_BYTES = 64 << 10
CHAIN = 8
TINY_ARENA = 8 << 20
# A member's first minute at its directory.
YOUNG_S = 60
ANSWERS = 300
JOINED = re.compile(r"^(\S+)Z INFO +joined the pool", re.MULTILINE)


@pytest.fixture(scope="module")
def pool(moving: Pool) -> Pool:
    moving.whole()
    return moving


@pytest.fixture(scope="module")
def givers(pool: Pool) -> tuple[Member, Member]:
    """Two hosts that give no memory to others; one names whom it wants things on."""
    preferred = ("--preferred-segment", pool.name_of(pool.members["r"]))
    plain = added(pool, "plain", MOVING_ARENA, "--global-segment-size", "0")
    choosy = added(pool, "choosy", MOVING_ARENA, "--global-segment-size", "0", *preferred)
    started([plain, choosy])
    pool.joined(len(pool.members))
    return plain, choosy


def added(pool: Pool, name: str, arena_bytes: int, *options: str) -> Member:
    return pool.add(name, pool.network.host(), arena_bytes, *options)


def test_what_a_pure_client_saved_survives_it(
    pool: Pool, givers: tuple[Member, Member], clients: Clients
) -> None:
    """It is no segment to the master's pages, and still what it has is read from it meanwhile."""
    plain, _ = givers
    assert plain.host.address not in pool.master.get("/get_all_segments")
    on_plain = clients(plain, BLOCK_BYTES)
    chains = [chain(f"pure/{i}", CHAIN) for i in range(4)]
    assert [on_plain.save(keys) for keys in chains] == [CHAIN] * 4
    for keys in chains:
        pool.owned_by(keys, 2)
    plain.kill()
    on_q = clients(pool.members["q"], BLOCK_BYTES)
    assert [on_q.load(keys) for keys in chains] == [CHAIN] * 4
    plain.start()


def test_placements_go_to_the_preferred_member(
    pool: Pool, givers: tuple[Member, Member], clients: Clients
) -> None:
    """One after the other, so that each is a choice of its own."""
    _, choosy = givers
    on_choosy = clients(choosy, BLOCK_BYTES)
    for i in range(6):
        keys = chain(f"preferred/{i}", CHAIN)
        assert on_choosy.save(keys) == CHAIN
        pool.owned_by(keys, 2)
        assert pool.holders(keys[-32:]) == {choosy.host.address, pool.members["r"].host.address}


def test_cold_blocks_of_a_full_member_move_before_they_are_evicted(
    pool: Pool, clients: Clients
) -> None:
    """Twice as much as it has room for, one chain at a time: when it dies nothing is lost."""
    tiny = added(pool, "tiny", TINY_ARENA)
    tiny.start()
    pool.joined(len(pool.members))
    on_tiny = clients(tiny, BLOCK_BYTES)
    room = TINY_ARENA // BLOCK_BYTES // CHAIN - 2
    chains = [chain(f"cold/{i}", CHAIN) for i in range(2 * room)]
    for number, keys in enumerate(chains):
        if number >= room:
            # The coldest goes next.
            copied_elsewhere(pool, tiny, chains[number - room])
        assert on_tiny.save(keys) == CHAIN
    for keys in chains[room:]:
        copied_elsewhere(pool, tiny, keys)
    assert tiny.counter("blocks_evicted") >= len(chains) * CHAIN - TINY_ARENA // BLOCK_BYTES
    tiny.kill()
    del pool.members["tiny"]
    on_p = clients(pool.members["p"], BLOCK_BYTES)
    for keys in chains:
        hits(on_p, keys)


def copied_elsewhere(pool: Pool, member: Member, keys: bytes) -> None:
    """Until another member has the whole chain: its ends tell."""
    wait_until(
        lambda: all(pool.holders(key) - {member.host.address} for key in (keys[:32], keys[-32:])),
        "a copy on another member",
    )


def test_a_member_that_joins_empty_does_not_attract_all_placements(
    pool: Pool, clients: Clients
) -> None:
    """The others have little room left, and have been there for a minute: by room alone the new
    one would be the first choice most of the time.
    """
    old = [pool.members[name] for name in "pqr"]
    for member in old:
        on_member = clients(member, BLOCK_BYTES)
        free = int(MOVING_ARENA * 0.8) - used(member)
        for i in range(free // BLOCK_BYTES // CHAIN):
            assert on_member.save(chain(f"filler/{member.name}/{i}", CHAIN)) == CHAIN
    filler = chain("filler/p/0", CHAIN)
    pool.owned_by(filler, 1)
    wait_until(lambda: age_s(old[0]) > YOUNG_S, "the old ones are old", 2 * YOUNG_S)
    new = added(pool, "new", MOVING_ARENA)
    new.start()
    pool.joined(len(pool.members))
    with Directory(pool.master) as directory:
        asked = directory.keys(filler, filler)
        chosen = Counter(directory.place(asked)[0].rsplit(":", 1)[0] for _ in range(ANSWERS))
    new.kill()
    del pool.members["new"]
    assert set(chosen) - {new.host.address} == {member.host.address for member in old}
    assert chosen[new.host.address] < ANSWERS // 4, chosen


def used(member: Member) -> int:
    return int(member.sidecar.counters()["moonpool_arena_used_bytes"])


def age_s(member: Member) -> float:
    """Since it joined for the first time."""
    joined = JOINED.search(member.said())
    assert joined, f"{member.name} has not joined"
    return time.time() - datetime.fromisoformat(f"{joined[1]}+00:00").timestamp()
