"""Hosts as network namespaces, each with a cable to one switch; nothing of it is in this machine's
own network.

with Network() as network:
    a, b = network.host(), network.host()   # addresses 10.77.0.1, 10.77.0.2
    Sidecar(SidecarSpec(folder, place=a), log)   # and masters and engines alike
    a.command(["ping", b.address])          # to start a process there
    a.within(lambda: socket.create_connection((b.address, 80), 5))   # a socket of that host, here
    a.cut(); a.heal()                       # its cable: everything it sends is lost, then not
    a.part_from(b); a.join_with(b)          # only between these two, both ways
    a.throttle(8_000_000); a.release()      # bits per second out of the host

A namespace has no name: it is that of a process which sleeps. The switch and its cables are in one
of their own. When the sleepers end, and the reaper sees to that however we end, the kernel takes
everything away. Runs can't disturb each other, for none sees another's.
"""

import ctypes
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from rig.errors import RigError
from rig.packages import install as install_packages
from rig.progress import Progress
from rig.reaper import Reaper

Seen = TypeVar("Seen")

SUBNET = "10.77.0"
HOSTS_MAX = 250
OPEN_TIMEOUT_S = 10.0
POLL_S = 0.005
CLONE_NEWNET = 0x40000000
# An address that no cable ends at: frames to it reach nobody, and nobody says so.
NOBODY = "02:00:00:00:ff:ff"
THREADS = 8


def prepare(progress: Progress) -> None:
    """Install what hosts are made with, if it is missing."""
    install_packages([] if shutil.which("ip") else ["iproute2"], progress)


class _Namespace:
    """A network of its own, for as long as its sleeper lives."""

    def __init__(self) -> None:
        self._sleeper = Reaper.shared().start(
            ["unshare", "--net", "sleep", "infinity"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.pid = self._sleeper.pid
        self._wait_open()
        self.ip("link", "set", "lo", "up")

    @property
    def path(self) -> Path:
        return Path(f"/proc/{self.pid}/ns/net")

    def command(self, command: Sequence[str]) -> list[str]:
        return ["nsenter", f"--net={self.path}", *command]

    def ip(self, *arguments: str) -> None:
        self.run("ip", *arguments)

    def run(self, *command: str) -> None:
        done = subprocess.run(self.command(command), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RigError(f"hosts: `{' '.join(command)}` failed: {done.stderr.strip()}")

    def close(self) -> None:
        Reaper.shared().end(self._sleeper)

    def _wait_open(self) -> None:
        """Until `unshare` has become the sleeper in its own network."""
        deadline = time.monotonic() + OPEN_TIMEOUT_S
        while not self._is_open():
            ended = self._sleeper.poll() is not None
            if ended or time.monotonic() > deadline:
                assert self._sleeper.stderr is not None
                why = self._sleeper.stderr.read().strip() if ended else "not in time"
                self.close()
                raise RigError(f"hosts: no network namespace: {why}; cure: run as root")
            time.sleep(POLL_S)

    def _is_open(self) -> bool:
        try:
            return (
                Path(f"/proc/{self.pid}/comm").read_text() == "sleep\n"
                and self.path.readlink() != Path("/proc/self/ns/net").readlink()
            )
        except FileNotFoundError:
            return False


class Host:
    """One host: a place to run processes at, and a cable to cut."""

    def __init__(self, switch: _Namespace, number: int) -> None:
        self.address = f"{SUBNET}.{number}"
        self._switch = switch
        self._cable = f"cable{number}"
        self._namespace = _Namespace()
        self._inside = ThreadPoolExecutor(THREADS, f"host{number}", self._enter)
        try:
            self._plug_in()
        except RigError:
            self.close()
            raise

    def command(self, command: Sequence[str]) -> list[str]:
        """The same process number afterwards: nothing stands between us and the command."""
        return self._namespace.command(command)

    def within(self, action: Callable[[], Seen]) -> Seen:
        return self._inside.submit(action).result()

    def cut(self) -> None:
        """The cable is out: nothing comes or goes, and nobody is told."""
        self._switch.ip("link", "set", self._cable, "down")

    def heal(self) -> None:
        self._switch.ip("link", "set", self._cable, "up")

    def part_from(self, other: "Host") -> None:
        """What these two send each other is lost; all else arrives."""
        for one, far in ((self, other), (other, self)):
            one._neighbour("replace", far, "lladdr", NOBODY, "nud", "permanent")

    def join_with(self, other: "Host") -> None:
        for one, far in ((self, other), (other, self)):
            one._neighbour("del", far)

    def throttle(self, bits_per_second: int) -> None:
        """A slow line out of the host; what waits longer than 200 ms for it is lost."""
        bucket = ["tbf", "rate", f"{bits_per_second}bit", "burst", "32k", "latency", "200ms"]
        self._namespace.run("tc", "qdisc", "replace", "dev", "eth0", "root", *bucket)

    def release(self) -> None:
        self._namespace.run("tc", "qdisc", "del", "dev", "eth0", "root")

    def close(self) -> None:
        self._inside.shutdown()
        self._namespace.close()

    def _neighbour(self, verb: str, other: "Host", *properties: str) -> None:
        self._namespace.ip("neigh", verb, other.address, *properties, "dev", "eth0")

    def _plug_in(self) -> None:
        far = ["peer", "name", "eth0", "netns", str(self._namespace.pid)]
        self._switch.ip("link", "add", self._cable, "type", "veth", *far)
        self._switch.ip("link", "set", self._cable, "master", "switch", "up")
        self._namespace.ip("addr", "add", f"{self.address}/24", "dev", "eth0")
        self._namespace.ip("link", "set", "eth0", "up")

    def _enter(self) -> None:
        """This thread, and no other, is in the host's network from now on."""
        libc = ctypes.CDLL(None, use_errno=True)
        with self._namespace.path.open("rb") as network:
            if libc.setns(network.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), f"setns {self._namespace.path}")


class Network:
    """Hosts on one switch."""

    def __init__(self) -> None:
        self._switch = _Namespace()
        self._switch.ip("link", "add", "switch", "type", "bridge")
        self._switch.ip("link", "set", "switch", "up")
        self._hosts: list[Host] = []

    def host(self) -> Host:
        """A new host with the next address."""
        number = len(self._hosts) + 1
        if number > HOSTS_MAX:
            raise RigError(f"hosts: {HOSTS_MAX} at most on one switch")
        host = Host(self._switch, number)
        self._hosts.append(host)
        return host

    def close(self) -> None:
        for host in self._hosts:
            host.close()
        self._hosts.clear()
        self._switch.close()

    def __enter__(self) -> "Network":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
