"""Cables: cut, healed, between two hosts only, or slow. What can't be had in time is a miss."""

from e2e.admin import wait_until

from pool.client import chain, hits
from pool.conftest import Clients
from pool.members import Member, Pool


def test_a_cut_owner_is_a_miss_and_a_healed_one_a_hit(
    pool: Pool, a: Member, b: Member, clients: Clients
) -> None:
    on_a, on_b = clients(a), clients(b)
    keys = chain("owner cut", 40)
    assert on_a.save(keys) == 40
    pool.owned_by(keys, 1)
    pool.cut("a")
    assert [on_b.load(keys) for _ in range(3)] == [0] * 3
    assert on_a.load(keys) == 40
    assert on_a.save(chain("while cut", 10)) == 10
    wait_until(lambda: pool.live() == 2, "the master has noticed")
    pool.heal("a")
    hits(on_b, keys)
    hits(on_b, chain("while cut", 10))


def test_a_cut_reader_has_its_own_and_later_everything(
    pool: Pool, a: Member, b: Member, c: Member, clients: Clients
) -> None:
    on_a, on_b, on_c = clients(a), clients(b), clients(c)
    mine, theirs = chain("reader cut", 10), chain("of the others", 10)
    assert on_b.save(mine) == 10
    pool.cut("b")
    assert on_a.save(theirs) == 10
    hits(on_c, theirs)
    assert on_b.load(mine) == 10
    assert on_b.load(theirs) == 0
    pool.heal("b")
    hits(on_b, theirs)
    hits(on_a, mine)


def test_members_that_do_not_hear_each_other_miss_and_others_do_not(
    pool: Pool, a: Member, b: Member, c: Member, clients: Clients
) -> None:
    """The master hears both. A third host reads from either; through its copy both are served."""
    on_a, on_b, on_c = clients(a), clients(b), clients(c)
    of_a, of_b = chain("of a", 10), chain("of b", 10)
    assert on_a.save(of_a) == 10
    assert on_b.save(of_b) == 10
    pool.owned_by(of_a, 1)
    pool.owned_by(of_b, 1)
    pool.part("a", "b")
    assert on_a.load(of_b) == 0
    assert on_b.load(of_a) == 0
    hits(on_c, of_a)
    hits(on_c, of_b)
    hits(on_b, of_a)
    pool.join("a", "b")
    hits(on_a, of_b)


def test_a_member_that_does_not_hear_the_master_keeps_what_it_has(
    pool: Pool, a: Member, b: Member, clients: Clients
) -> None:
    on_a, on_b = clients(a), clients(b)
    keys = chain("master unheard", 10)
    assert on_a.save(keys) == 10
    pool.owned_by(keys, 1)
    pool.part("a", "master")
    assert on_a.load(keys) == 10
    assert on_a.save(chain("saved unheard", 10)) == 10
    # In the directory the owner is there until it counts as silent; then it is not asked.
    wait_until(lambda: pool.live() == 2, "the master has noticed")
    assert on_b.load(chain("saved unheard", 10)) == 0
    pool.join("a", "master")
    hits(on_b, keys)
    hits(on_b, chain("saved unheard", 10))


def test_a_slow_owner_is_a_miss_in_time_and_never_wrong(
    pool: Pool, a: Member, b: Member, clients: Clients
) -> None:
    """2 Mbit/s out of the owner, 40 s for 10 MiB: what fits into a reader's patience lands."""
    size = 1 << 20
    on_a, on_b = clients(a, size), clients(b, size)
    keys = chain("slow", 10)
    assert on_a.save(keys) == 10
    pool.owned_by(keys, 1)
    a.host.throttle(2_000_000)
    try:
        assert on_b.load(keys) < 10
        assert on_b.load(keys) < 10
    finally:
        a.host.release()
    hits(on_b, keys)
