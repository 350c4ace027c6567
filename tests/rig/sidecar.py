"""Sidecars as processes.

with sidecar_folder() as folder:
    with Sidecar(SidecarSpec(folder, arena_bytes=1 << 30), log) as sidecar:   # ready: /readyz
    answered 200
        sidecar.environ                  # for an engine: MOONPOOL_SOCKET
        sidecar.counters()               # every moonpool_ metric, summed over labels
        sidecar.status()                 # `moonpool status --json`
        sidecar.freeze(); sidecar.thaw() # SIGSTOP, SIGCONT
        sidecar.kill()                   # SIGKILL; start() brings it back with the same files
        sidecar.terminate()              # SIGTERM, and wait
"""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rig import launcher
from rig.commands import tail
from rig.errors import DeadlineError
from rig.paths import LAUNCHER
from rig.place import DIRECT, HERE, Place
from rig.ports import free_ports
from rig.reaper import Reaper
from rig.service import POLL_S, Service

HTTP_TIMEOUT_S = 5.0
SHARED_MEMORY = Path("/dev/shm")


@contextmanager
def sidecar_folder() -> Iterator[Path]:
    """A folder on the tmpfs for socket, data and arenas; gone afterwards, even if we are killed."""
    with Reaper.shared().folder("moonpool-rig-", SHARED_MEMORY) as folder:
        yield folder


@dataclass(frozen=True)
class SidecarSpec:
    """How to start one sidecar; everything it writes is in its folder."""

    folder: Path
    arena_bytes: int = 1 << 30
    options: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    place: Place = HERE

    @property
    def socket(self) -> Path:
        return self.folder / "sidecar.sock"

    def command(self, http_port: int) -> list[str]:
        for name in ("data", "arena"):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
        flags = {
            "--socket": self.socket,
            "--arena-bytes": self.arena_bytes,
            "--data-dir": self.folder / "data",
            "--arena-dir": self.folder / "arena",
            "--http-listen": f"127.0.0.1:{http_port}",
        }
        pairs = [str(part) for pair in flags.items() for part in pair]
        return [str(LAUNCHER), "sidecar", *pairs, *self.options]


class Sidecar(Service):
    """One sidecar, which may be started again after its death."""

    def __init__(self, spec: SidecarSpec, log: Path) -> None:
        super().__init__("sidecar", spec.place, log)
        self.spec = spec
        self._port = 0

    @property
    def environ(self) -> dict[str, str]:
        """What an engine needs to find it."""
        return {"MOONPOOL_SOCKET": str(self.spec.socket)}

    def start(self) -> "Sidecar":
        """Start it and wait until it is ready."""
        [self._port] = self.spec.place.within(lambda: free_ports(1))
        environ = dict(os.environ) | dict(self.spec.environ)
        self._begin(self.spec.command(self._port), environ)
        return self

    def status(self) -> dict[str, Any]:
        return launcher.status(self.spec.socket)

    def arena_path(self) -> Path:
        """The arena file of the first tenant."""
        return Path(self.status()["arenas"][0]["path"])

    def counters(self) -> dict[str, float]:
        """Every metric of /metrics by name, summed over its labels."""
        totals: dict[str, float] = {}
        for line in self.get("/metrics").splitlines():
            if line and not line.startswith("#"):
                series, value = line.rsplit(" ", 1)
                name = series.split("{", 1)[0]
                totals[name] = totals.get(name, 0.0) + float(value)
        return totals

    def wait_for(self, counter: str, least: float, timeout_s: float = 30.0) -> float:
        """Wait until a counter has reached a value; counters move after the answers they count."""
        deadline = time.monotonic() + timeout_s
        while (value := self.counters().get(counter, 0.0)) < least:
            if time.monotonic() > deadline:
                raise DeadlineError(
                    f"sidecar: {counter}={value:.0f} after {timeout_s:.0f} s, need {least:.0f};"
                    f" its log {self.log} ends:\n{tail(self.log)}"
                )
            time.sleep(POLL_S)
        return value

    def get(self, path: str) -> str:
        url = f"http://127.0.0.1:{self._port}{path}"
        return self.spec.place.within(lambda: _page(url))

    def _ask_ready(self) -> None:
        self.get("/readyz")


def _page(url: str) -> str:
    with DIRECT.open(url, timeout=HTTP_TIMEOUT_S) as response:
        return str(response.read().decode())
