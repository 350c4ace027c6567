"""A pool without a master: one of two sidecars hosts the directory, and dies and comes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.admin import wait_until
from rig.hosts import Network
from rig.ports import free_ports
from rig.sidecar import sidecar_folder

from pool.client import chain, hits
from pool.conftest import Clients
from pool.members import Member, member_at, started

ARENA = 64 << 20
JOINED = "joined the pool"


@pytest.fixture
def pair(logs: Path) -> Iterator[tuple[Member, Member]]:
    """The one that hosts, and the one that was told so."""
    with Network() as network, sidecar_folder() as folder:
        (logs / "embedded").mkdir()
        one, other = network.host(), network.host()
        address = f"{one.address}:{one.within(lambda: free_ports(1))[0]}"
        members = (
            member_at(folder, logs / "embedded", "host", one, ARENA, "--embedded-master", address),
            member_at(folder, logs / "embedded", "guest", other, ARENA, "--master", address),
        )
        try:
            started(members)
            yield members
        finally:
            for member in members:
                member.kill()


def test_a_directory_in_a_sidecar_comes_back_with_it(
    pair: tuple[Member, Member], clients: Clients
) -> None:
    host, guest = pair
    on_host, on_guest = clients(host), clients(guest)
    of_host, of_guest = ([chain(f"{name}/{i}", 20) for i in range(2)] for name in ("h", "g"))
    assert [on_host.save(keys) for keys in of_host] == [20, 20]
    assert [on_guest.save(keys) for keys in of_guest] == [20, 20]
    hits(on_guest, of_host[0])
    hits(on_host, of_guest[0])
    joins = guest.said().count(JOINED)
    host.kill()
    assert on_guest.load(of_guest[1]) == 20
    assert on_guest.load(of_host[0]) == 20
    assert on_guest.load(of_host[1]) == 0
    assert on_guest.save(chain("meanwhile", 20)) == 20
    host.start()
    wait_until(lambda: guest.said().count(JOINED) > joins, "the guest is in the directory again")
    hits(on_guest, of_host[1])
    hits(on_host, of_guest[1])
    hits(on_host, chain("meanwhile", 20))
