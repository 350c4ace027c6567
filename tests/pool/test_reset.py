"""reset_cache on one host holds on every host: nothing saved before is served again."""

from e2e.admin import wait_until

from pool.client import Client, chain, hits
from pool.conftest import Clients
from pool.members import Member, Pool

NAMESPACE = "reset"


def test_what_was_saved_before_a_reset_is_served_on_no_host(
    pool: Pool, a: Member, b: Member, c: Member, clients: Clients
) -> None:
    """Not where it was reset, not where there is a copy, not where it would be fetched to, and not
    after the master was killed.
    """
    on_a, on_b = clients(a, namespace=NAMESPACE), clients(b, namespace=NAMESPACE)
    other = clients(b, namespace="another")
    keys = chain("old", 20)
    assert on_a.save(keys) == 20
    assert other.save(keys) == 20
    hits(on_b, keys)
    pool.owned_by(keys, 3)
    assert on_a.reset()
    wait_until(lambda: on_b.learns_of_reset(keys), "the other host's engine learns of the reset")
    pool.owned_by(keys, 1)
    served_nowhere(keys, a, b, c)
    assert other.load(keys) == 20
    pool.master.kill()
    pool.master.start()
    pool.joined(3)
    pool.owned_by(keys, 1)
    served_nowhere(keys, a, b, c)
    assert on_a.save(keys) == 20
    with c.client(on_a.payload_bytes, NAMESPACE) as fresh:
        hits(fresh, keys)


def test_a_host_that_was_away_learns_of_a_reset_before_it_serves(
    pool: Pool, a: Member, b: Member, clients: Clients
) -> None:
    """Its own engine has it until it is told; others never get it, and nor does it later."""
    namespace = "reset while away"
    on_a, on_b = clients(a, namespace=namespace), clients(b, namespace=namespace)
    keys = chain("away", 20)
    assert on_b.save(keys) == 20
    pool.owned_by(keys, 1)
    pool.cut("b")
    assert on_a.reset()
    wait_until(lambda: pool.live() == 2, "the master has noticed")
    pool.heal("b")
    pool.joined(3)
    wait_until(lambda: on_b.learns_of_reset(keys), "the host that was away learns of the reset")
    served_nowhere(keys, a, b, namespace=namespace)


def served_nowhere(keys: bytes, *members: Member, namespace: str = NAMESPACE) -> None:
    """Asked by engines that attach now."""
    for member in members:
        with Client(member.socket, 16 << 10, namespace) as fresh:
            assert [fresh.load(keys) for _ in range(3)] == [0] * 3, member.name
