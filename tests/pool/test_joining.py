"""How members come in: under one name, under a wrong one, at a master that is none, with a clock
that is wrong, beside a metadata server that is none.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from e2e.admin import wait_until
from rig import faketime
from rig.errors import RigError
from rig.progress import Progress
from rig.sidecar import Sidecar

from pool.babbler import Babbler
from pool.client import chain, hits
from pool.conftest import Clients, Pools
from pool.members import Member, Pool, started

ARENA = 32 << 20
NOBODY = "10.77.0.99:50051"
# Of a server that likes whatever it is told, and of one that speaks no HTTP at all.
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\nConnection: close\r\n\r\n<html>welcome</html>"
NOISE = b"\x00\xffSSH-2.0-nonsense\r\n\x07" * 50


@pytest.fixture(scope="module")
def joining(pools: Pools) -> Pool:
    """A master whose members come with the cases."""
    return pools("joining")


@pytest.fixture(scope="module")
def babblers(joining: Pool) -> Iterator[tuple[Babbler, Babbler]]:
    """Two ports that answer with garbage, on a host of their own."""
    host = joining.network.host()
    with Babbler(host, PAGE) as page, Babbler(host, NOISE) as noise:
        yield page, noise


@pytest.fixture(scope="module")
def misled(joining: Pool, babblers: tuple[Babbler, Babbler]) -> tuple[Member, ...]:
    """Members whose metadata server is garbage; they ask it again every 10 s, in vain."""
    members = tuple(
        joining.add(
            f"misled{number}",
            joining.network.host(),
            ARENA,
            "--metadata-server",
            f"http://{babbler.address}/metadata",
        )
        for number, babbler in enumerate(babblers)
    )
    started(members)
    return members


def test_beside_a_metadata_server_that_is_none_the_pool_works(
    joining: Pool, misled: tuple[Member, ...], clients: Clients
) -> None:
    joining.joined(2)
    on_one, on_other = (clients(member) for member in misled)
    keys = chain("misled", 10)
    assert on_one.save(keys) == 10
    hits(on_other, keys)


def test_two_members_with_one_name_are_two_members(joining: Pool, clients: Clients) -> None:
    """Two sidecars on one host, both called by its address: who they are is in their data."""
    before = len(joining.members)
    host = joining.network.host()
    one, other = (
        joining.add(name, host, ARENA, "--local-hostname", host.address) for name in ("one", "two")
    )
    started([one, other])
    joining.joined(before + 2)
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


def test_a_members_clock_may_be_wrong(joining: Pool, clients: Clients) -> None:
    """A year ahead, then right again: its second start is earlier than the first by its own
    clock, and it is a member all the same; what it has is read, and it reads.
    """
    ahead = faketime.environ(faketime.library(Progress()), "+365d")
    member = joining.add("skewed", joining.network.host(), ARENA)
    right = next(iter(joining.members.values()))
    on_right = clients(right)
    years = set()
    for clock, environ in (("ahead", ahead), ("right", {})):
        with_environ(member, environ)
        member.start()
        joining.joined(len(joining.members))
        mine, theirs = chain(f"mine/{clock}", 10), chain(f"theirs/{clock}", 10)
        on_member = clients(member)
        assert on_member.save(mine) == 10
        assert on_right.save(theirs) == 10
        hits(on_member, theirs)
        hits(on_right, mine)
        years |= {line[:4] for line in member.said().splitlines() if " INFO " in line}
        member.kill()
    assert len(years) == 2, "the clock was not wrong"
    del joining.members["skewed"]


def with_environ(member: Member, environ: dict[str, str]) -> None:
    """The same member from now on, with the same files, in this environment."""
    spec = replace(member.sidecar.spec, environ=environ)
    member.sidecar = Sidecar(spec, member.sidecar.log)


def test_a_metadata_server_that_is_none_is_warned_of_once(
    misled: tuple[Member, ...], babblers: tuple[Babbler, Babbler]
) -> None:
    """It was told several times by now; the line names the field and the address."""
    for member, babbler in zip(misled, babblers, strict=True):
        wait_until(lambda babbler=babbler: puts(babbler) >= 2, "it is told again")
        lines = member.said().splitlines()
        said = [line for line in lines if babbler.address in line]
        assert len(said) == 1, said
        assert " WARN " in said[0]
        assert "metadata_server" in said[0]
        assert not [line for line in lines if line.startswith("\tat ")], "a stack is nobody's cure"


def puts(babbler: Babbler) -> int:
    return sum(heard.startswith(b"PUT ") for heard in list(babbler.heard))
