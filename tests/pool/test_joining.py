"""How members come in: under one name, under a wrong one, at a master that is none."""

import pytest
from e2e.admin import wait_until
from rig.errors import RigError

from pool.client import chain, hits
from pool.conftest import Clients, Pools
from pool.members import Pool, started

ARENA = 32 << 20
NOBODY = "10.77.0.99:50051"


@pytest.fixture(scope="module")
def joining(pools: Pools) -> Pool:
    """A master whose members come with the cases."""
    return pools("joining")


def test_two_members_with_one_name_are_two_members(joining: Pool, clients: Clients) -> None:
    """Two sidecars on one host, both called by its address: who they are is in their data."""
    host = joining.network.host()
    one, other = (
        joining.add(name, host, ARENA, "--local-hostname", host.address) for name in ("one", "two")
    )
    started([one, other])
    joining.joined(2)
    on_one, on_other = clients(one), clients(other)
    for client, reader, name in ((on_one, on_other, "of one"), (on_other, on_one, "of two")):
        assert client.save(chain(name, 10)) == 10
        hits(reader, chain(name, 10))
    other.kill()
    other.start()
    hits(on_one, chain("of two", 10))


def test_two_hosts_with_one_name_are_two_members(joining: Pool, clients: Clients) -> None:
    """`localhost` on both, which is no way from one to the other: said, and replaced."""
    before = len(joining.members)
    one, other = (
        joining.add(name, joining.network.host(), ARENA, "--local-hostname", "localhost")
        for name in ("three", "four")
    )
    started([one, other])
    joining.joined(before + 2)
    for member in (one, other):
        assert "local-hostname: localhost is this host only" in member.said()
        assert member.host.address in member.said()
    keys = chain("localhost", 10)
    assert clients(one).save(keys) == 10
    hits(clients(other), keys)


def test_another_hosts_address_is_refused_by_name(joining: Pool) -> None:
    far = joining.network.host()
    member = joining.add("five", joining.network.host(), ARENA, "--local-hostname", far.address)
    with pytest.raises(RigError):
        member.start()
    del joining.members["five"]
    said = member.said()
    assert far.address in said
    assert "local-hostname" in said or "transfer-listen" in said


@pytest.mark.parametrize("where", ["nobody", "pages"])
def test_a_master_that_is_none_is_named_and_costs_nothing(
    joining: Pool, clients: Clients, where: str
) -> None:
    """Nobody at the address, or something else at the port: the host's own engines are served."""
    place = joining.master.spec.place
    wrong = NOBODY if where == "nobody" else f"{place.address}:{joining.master.admin_port}"
    member = joining.add(where, joining.network.host(), ARENA, "--master", wrong)
    member.start()
    del joining.members[where]
    try:
        wait_until(lambda: wrong in member.said(), "the address is named")
        wait_until(lambda: "master_server_address" in member.said(), "the field is named")
        client = clients(member)
        keys = chain("alone", 20)
        assert client.save(keys) == 20
        assert client.load(keys) == 20
        assert client.load(chain("nowhere", 20)) == 0
    finally:
        member.kill()
