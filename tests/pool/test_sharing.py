"""What one host saved, another loads: every byte of it, whoever has room for what."""

import random

import pytest

from pool.client import after, chain, first, hits
from pool.conftest import Clients, Pools
from pool.members import Member, Pool

TINY_ARENA = 8 << 20
TINY_BLOCK = 64 << 10
SIZES = [(4096, 1000), (16 << 10, 250), (1 << 20, 48)]


@pytest.mark.parametrize(("payload_bytes", "blocks"), SIZES)
def test_saved_on_one_host_loaded_on_the_others(
    pool: Pool, clients: Clients, payload_bytes: int, blocks: int
) -> None:
    on_a, on_b, on_c = (clients(member, payload_bytes) for member in pool.members.values())
    keys = chain("one way", blocks)
    assert on_a.save(keys) == blocks
    hits(on_b, keys)
    hits(on_c, keys)
    back = chain("the other way", blocks)
    assert on_c.save(back) == blocks
    hits(on_a, back)


def test_what_was_loaded_is_here_and_a_miss_is_a_miss(
    pool: Pool, a: Member, b: Member, clients: Clients
) -> None:
    """A chain is a hit as far as anybody has it; loaded once, it needs nobody any more."""
    on_a, on_b = clients(a), clients(b)
    keys = chain("kept", 40)
    assert on_a.save(first(keys, 25)) == 25
    hits(on_b, first(keys, 25))
    pool.cut("b")
    assert on_b.load(keys) == 25
    assert on_b.load(chain("never saved", 10)) == 0


def test_a_chain_whose_blocks_are_on_two_hosts(
    pool: Pool, a: Member, b: Member, c: Member, clients: Clients
) -> None:
    """The reader has none of it, and fetches from both in one lookup."""
    on_a, on_b, on_c = (clients(member) for member in (a, b, c))
    keys = chain("in parts", 30)
    assert on_a.save(first(keys, 10)) == 10
    assert on_b.save(after(keys, 10), position=10) == 20
    pool.owned_by(first(keys, 10), 1)
    pool.owned_by(after(keys, 10), 1)
    hits(on_c, keys)


@pytest.fixture(scope="module")
def tiny(pools: Pools) -> Pool:
    """Four hosts that have room for little."""
    pool = pools("tiny")
    pool.start("p", "q", "r", "s", arena_bytes=TINY_ARENA)
    return pool


def test_every_object_lives_elsewhere_than_its_reader(
    tiny: Pool, clients: Clients, seed: int
) -> None:
    """First what all have room for: all of it hits. Then everybody reads everything, and what is
    read pushes out what was there: a hit or a miss, and every byte of each hit is right.
    """
    readers = [clients(member, TINY_BLOCK) for member in tiny.members.values()]
    saved = [[chain(f"{i}/{run}", 8) for run in range(6)] for i in range(4)]
    for reader, runs in zip(readers, saved, strict=True):
        assert [reader.save(keys) for keys in runs] == [8] * 6
    for i, reader in enumerate(readers):
        for keys in saved[(i + 1) % 4]:
            hits(reader, keys)
    draw = random.Random(seed)
    loaded = 0
    for _ in range(200):
        i = draw.randrange(4)
        elsewhere = draw.choice(saved[(i + draw.randrange(1, 4)) % 4])
        loaded += readers[i].load(elsewhere)
    evicted = sum(member.counter("blocks_evicted") for member in tiny.members.values())
    assert loaded > 400
    assert evicted > 0
