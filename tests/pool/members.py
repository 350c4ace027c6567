"""The pool of the cases: a master, and sidecars that are its members, each on a host of its own."""

import json
import re
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from e2e.admin import wait_until
from rig.commands import tail
from rig.hosts import Host, Network
from rig.master import Master
from rig.paths import LAUNCHER
from rig.sidecar import Sidecar, SidecarSpec

from pool.client import Client

ARENA_BYTES = 256 << 20
SLAB_BYTES = 1 << 20
JOIN_S = 20.0
DRAIN_S = 120.0


@dataclass
class Member:
    """A sidecar on its host."""

    name: str
    host: Host
    sidecar: Sidecar

    @property
    def socket(self) -> Path:
        return self.sidecar.spec.socket

    def client(self, payload_bytes: int, namespace: str) -> Client:
        return Client(self.socket, payload_bytes, namespace)

    def start(self) -> None:
        self.sidecar.start()

    def kill(self) -> None:
        self.sidecar.kill()

    def freeze(self) -> None:
        self.sidecar.freeze()

    def thaw(self) -> None:
        self.sidecar.thaw()

    def counter(self, name: str) -> int:
        return int(self.sidecar.counters()[f"moonpool_{name}_total"])

    def losses(self, cause: str) -> int:
        """What fetches from others lost, as its page says."""
        page = self.sidecar.get("/metrics")
        found = re.search(rf'^moonpool_fetch_losses_total{{cause="{cause}"}} (\S+)$', page, re.M)
        assert found, f"no figure of {cause}"
        return int(float(found[1]))

    def holds_nothing(self) -> bool:
        """Whether no slot is pinned or reserved for anybody."""
        figures = self.sidecar.counters()
        held = ("moonpool_arena_pinned_bytes", "moonpool_arena_reserved_bytes")
        return not any(figures[name] for name in held)

    def said(self) -> str:
        return self.sidecar.log.read_text(errors="replace")


def member_at(
    folder: Path, logs: Path, name: str, host: Host, arena_bytes: int, *options: str
) -> Member:
    """A sidecar with a folder of its own, not started yet."""
    (folder / name).mkdir()
    flags = ("--slab-bytes", str(SLAB_BYTES), *options)
    spec = SidecarSpec(folder / name, arena_bytes, flags, place=host)
    return Member(name, host, Sidecar(spec, logs / f"{name}.log"))


def started(members: Sequence[Member]) -> None:
    """Start them side by side: most of a start is waiting."""
    with ThreadPoolExecutor(max(1, len(members))) as threads:
        list(threads.map(Member.start, members))


@dataclass
class Pool:
    """A master with members by name. What a case breaks, `whole` repairs for the next."""

    network: Network
    folder: Path
    logs: Path
    master: Master
    slab_bytes: int = SLAB_BYTES
    members: dict[str, Member] = field(default_factory=dict)
    _cut: set[str] = field(default_factory=set)
    _parted: set[tuple[str, str]] = field(default_factory=set)

    def start(self, *names: str, arena_bytes: int = ARENA_BYTES) -> None:
        """New members on hosts of their own, started at once, and live when this returns."""
        made = [self.add(name, self.network.host(), arena_bytes) for name in names]
        started(made)
        self.joined(len(self.members))

    def add(self, name: str, host: Host, arena_bytes: int, *options: str) -> Member:
        """A member that is not started yet."""
        slabs = ("--slab-bytes", str(self.slab_bytes))
        flags = (*slabs, "--master", self.master.rpc, *options)
        self.members[name] = member_at(self.folder, self.logs, name, host, arena_bytes, *flags)
        return self.members[name]

    def whole(self) -> None:
        """Everybody runs, hears everybody, and is in the directory."""
        for one, other in list(self._parted):
            self.join(one, other)
        for name in list(self._cut):
            self.heal(name)
        for member in self.members.values():
            if member.sidecar.frozen:
                member.thaw()
        started([member for member in self.members.values() if not member.sidecar.running])
        self.joined(len(self.members))

    def joined(self, count: int, timeout_s: float = JOIN_S) -> None:
        """Until so many members are live, and none is anything else."""
        wait_until(lambda: self.live() == count, f"{count} live members", timeout_s)

    def live(self) -> int:
        found = self.figures("moonpool_directory_members")
        return int(found.get('state="live"', 0))

    def keys(self) -> int:
        """Objects that the directory knows a place of."""
        return int(self.figures("master_key_count").get("", 0))

    def replicas(self) -> int:
        return int(self.figures("moonpool_directory_replicas").get("", 0))

    def owned_by(self, keys: bytes, owners: int) -> None:
        """Until the directory names so many owners of a chain's last block."""
        last = keys[-32:]
        wait_until(lambda: self.owners(last) == owners, f"{owners} owners of a block")

    def owners(self, key: bytes) -> int:
        """How many copies the directory knows of one block, in whatever namespace."""
        return len(self._copies(key))

    def holders(self, key: bytes) -> set[str]:
        """The hosts of the members that the directory names for one block."""
        return {copy["transport_endpoint_"].rsplit(":", 1)[0] for copy in self._copies(key)}

    def _copies(self, key: bytes) -> list[dict[str, str]]:
        answer = json.loads(self.master.get(f"/batch_query_keys?keys={key.hex()}"))
        return list(answer["data"][key.hex()]["values"] or [])

    def name_of(self, member: Member) -> str:
        """What the directory calls a member that was given no name: its address."""
        names = self.master.get("/get_all_segments").splitlines()
        [name] = [name for name in names if name.startswith(f"{member.host.address}:")]
        return name

    def drain(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`moonpool drain`, run where the master is."""
        command = [str(LAUNCHER), "drain", "--master", self.master.rpc, *arguments]
        return subprocess.run(
            self.master.spec.place.command(command),
            capture_output=True,
            text=True,
            check=False,
            timeout=DRAIN_S,
        )

    def figures(self, name: str) -> dict[str, float]:
        """A metric of the master by its labels."""
        page = self.master.get("/metrics")
        lines = re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", page, re.MULTILINE)
        return {labels.rstrip(","): float(value) for labels, value in lines}

    def cut(self, name: str) -> None:
        self.members[name].host.cut()
        self._cut.add(name)

    def heal(self, name: str) -> None:
        self.members[name].host.heal()
        self._cut.discard(name)

    def part(self, one: str, other: str) -> None:
        """Two members, or a member and the master, hear nothing of each other."""
        self._host(one).part_from(self._host(other))
        self._parted.add((one, other))

    def join(self, one: str, other: str) -> None:
        self._host(one).join_with(self._host(other))
        self._parted.discard((one, other))

    def log_tails(self) -> list[tuple[str, str]]:
        logs = [self.master.log, *(m.sidecar.log for m in self.members.values())]
        return [(f"end of {log.name}", tail(log)) for log in logs]

    def close(self) -> None:
        for member in self.members.values():
            member.kill()
        self.master.kill()

    def _host(self, name: str) -> Host:
        if name != "master":
            return self.members[name].host
        place = self.master.spec.place
        assert isinstance(place, Host)
        return place
