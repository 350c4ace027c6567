"""The owner of what somebody asks for dies or stands still: a miss, soon, and no error; with
another copy in the pool not even that.
"""

from e2e.admin import wait_until

from pool.client import Client, chain, hits
from pool.conftest import Clients
from pool.members import Member, Pool

CHAINS = 25


def saved(client: Client, case: str) -> list[bytes]:
    """Chains of four blocks, of this case alone."""
    chains = [chain(f"{case}/{i}", 4) for i in range(CHAINS)]
    assert [client.save(keys) for keys in chains] == [4] * CHAINS
    return chains


def test_a_killed_owner_is_a_miss_and_its_blocks_come_back_with_it(
    pool: Pool, a: Member, b: Member, clients: Clients
) -> None:
    """One copy, and it was on the host that died: each lookup is answered in its time, and the
    member that is started again has all that it had.
    """
    on_b = clients(b)
    chains = saved(clients(a), "killed")
    hits(on_b, chains[0])
    pool.owned_by(chains[-1], 1)
    a.kill()
    assert [on_b.load(keys) for keys in chains[1:6]] == [0] * 5
    assert on_b.load(chains[0]) == 4
    assert on_b.save(chain("meanwhile", 8)) == 8
    a.start()
    for keys in chains:
        hits(on_b, keys)


def test_with_two_copies_a_killed_owner_costs_nothing(
    pool: Pool, a: Member, b: Member, c: Member, clients: Clients
) -> None:
    """Not one lookup of a third host fails, the first one after the kill included."""
    on_b, on_c = clients(b), clients(c)
    chains = saved(clients(a), "killed, two copies")
    for keys in chains:
        hits(on_b, keys)
        pool.owned_by(keys, 2)
    a.kill()
    assert [on_c.load(keys) for keys in chains] == [4] * CHAINS


def test_a_stopped_owner_is_a_miss_in_time_and_a_hit_when_it_goes_on(
    pool: Pool, a: Member, b: Member, clients: Clients
) -> None:
    on_b = clients(b)
    chains = saved(clients(a), "stopped")
    hits(on_b, chains[0])
    pool.owned_by(chains[-1], 1)
    silent = b.losses("owner_silent")
    a.freeze()
    assert [on_b.load(keys) for keys in chains[1:6]] == [0] * 5
    assert b.losses("owner_silent") > silent
    # From then on nobody is sent there.
    wait_until(lambda: pool.live() == 2, "the stopped member is not counted on")
    assert on_b.load(chains[0]) == 4
    assert on_b.load(chains[6]) == 0
    a.thaw()
    for keys in chains[1:]:
        hits(on_b, keys)


def test_with_two_copies_a_stopped_owner_costs_no_hit(
    pool: Pool, a: Member, b: Member, c: Member, clients: Clients
) -> None:
    on_b, on_c = clients(b), clients(c)
    chains = saved(clients(a), "stopped, two copies")
    for keys in chains:
        hits(on_b, keys)
        pool.owned_by(keys, 2)
    a.freeze()
    assert [on_c.load(keys) for keys in chains] == [4] * CHAINS


def test_a_reader_that_was_stopped_goes_on(
    pool: Pool, a: Member, b: Member, clients: Clients
) -> None:
    """It was forgotten meanwhile: what it had is known again, and it reads as before."""
    on_a, on_b = clients(a), clients(b)
    mine = chain("of the reader", 10)
    assert on_b.save(mine) == 10
    pool.owned_by(mine, 1)
    b.freeze()
    wait_until(lambda: pool.live() == 2, "the stopped member is not counted on")
    chains = saved(on_a, "stopped reader")
    b.thaw()
    for keys in chains:
        hits(on_b, keys)
    hits(on_a, mine)
