"""Hosts reach each other and nothing else, their cables can be cut, and nothing of them stays."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from rig.hosts import Host, Network

PORT = 4711
SILENCE_S = 0.3
SOON_S = 10.0
OWNER = """
import time
from rig.hosts import Network
network = Network()
print(network.host()._namespace.pid, network._switch.pid, flush=True)
time.sleep(300)
"""


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with Network() as made:
        yield made


@contextmanager
def listening(host: Host) -> Iterator[socket.socket]:
    with host.within(lambda: socket.create_server((host.address, PORT))) as server:
        yield server


def reaches(here: Host, there: Host, timeout_s: float = SOON_S) -> bool:
    try:
        here.within(lambda: socket.create_connection((there.address, PORT), timeout_s)).close()
    except OSError:
        return False
    return True


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + SOON_S
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def test_hosts_reach_each_other_and_this_machine_has_nothing_of_them(network: Network) -> None:
    before = Path("/proc/net/dev").read_text().count("\n")
    one, other = network.host(), network.host()
    with listening(one):
        assert reaches(other, one)
    assert Path("/proc/net/dev").read_text().count("\n") == before
    assert one.address not in Path("/proc/net/fib_trie").read_text()


def test_a_command_runs_on_the_host_under_its_own_number(network: Network) -> None:
    host = network.host()
    command = host.command(["sh", "-c", "echo $$; cat /proc/net/fib_trie"])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        said = process.communicate()[0]
    assert said.splitlines()[0] == str(process.pid)
    assert host.address in said


def test_a_cut_cable_is_silent_until_it_is_healed(network: Network) -> None:
    one, other = network.host(), network.host()
    with listening(one):
        one.cut()
        assert not reaches(other, one, SILENCE_S)
        one.heal()
        assert eventually(lambda: reaches(other, one, SILENCE_S))


def test_two_hosts_are_parted_and_a_third_is_not(network: Network) -> None:
    one, other, third = network.host(), network.host(), network.host()
    with listening(one):
        one.part_from(other)
        assert not reaches(other, one, SILENCE_S)
        assert reaches(third, one)
        one.join_with(other)
        assert eventually(lambda: reaches(other, one, SILENCE_S))


def test_a_slow_line_is_slow(network: Network) -> None:
    """64 KiB beyond the bucket at 1 Mbit/s take more than a tenth of what is arithmetic: 0.5 s."""
    one, other = network.host(), network.host()
    other.throttle(1_000_000)
    assert sending_s(other, one, 96 << 10) > 0.05
    other.release()
    assert reaches_nobody(other, one)


def sending_s(sender: Host, receiver: Host, count: int) -> float:
    """How long it takes until the receiver has so many bytes."""
    with listening(receiver) as server:
        out = sender.within(lambda: socket.create_connection((receiver.address, PORT), SOON_S))
        into, _ = server.accept()
        with out, into:
            into.settimeout(SOON_S)
            began = time.monotonic()
            out.sendall(bytes(count))
            left = count
            while left:
                left -= len(into.recv(left))
            return time.monotonic() - began


def reaches_nobody(here: Host, there: Host) -> bool:
    """A host where nobody listens says so, at once: the line is as it was."""
    with pytest.raises(ConnectionRefusedError):
        here.within(lambda: socket.create_connection((there.address, PORT), SOON_S))
    return True


def test_namespaces_end_with_a_killed_owner() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        sleepers = [int(pid) for pid in owner.stdout.readline().split()]
        networks = {Path(f"/proc/{pid}/ns/net").readlink() for pid in sleepers}
        assert len(networks) == 2
        os.kill(owner.pid, signal.SIGKILL)
    assert eventually(lambda: not networks & networks_in_use())


def networks_in_use() -> set[Path]:
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            found.add((folder / "ns" / "net").readlink())
    return found
