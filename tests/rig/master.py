"""Masters as processes, by the name that Mooncake's users type.

with Master(MasterSpec(folder), log) as master:      # ready: /health answered 200
    master.rpc                           # host:port, for a sidecar's --master
    master.get("/metrics")               # the admin pages
    master.log_has("Master Metrics:")    # what it said so far, output and log together
    master.kill()                        # SIGKILL; start() brings it back at the same ports
    master.terminate()                   # SIGTERM, and wait; its exit status
"""

import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from rig.errors import RigError
from rig.paths import REPOSITORY
from rig.place import DIRECT, HERE, Place
from rig.ports import free_ports
from rig.service import Service

PROGRAM = REPOSITORY / "bin" / "mooncake_master"
HTTP_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class MasterSpec:
    """How to start one master; what it keeps is in its folder. Options come last and so win."""

    folder: Path
    options: tuple[str, ...] = ()
    place: Place = HERE


class Master(Service):
    """One master, which may be started again after its death."""

    def __init__(self, spec: MasterSpec, log: Path) -> None:
        super().__init__("master", spec.place, log)
        self.spec = spec
        self.rpc_port, self.admin_port, self.metadata_port = spec.place.within(
            lambda: free_ports(3)
        )

    @property
    def rpc(self) -> str:
        return f"{self.spec.place.address}:{self.rpc_port}"

    def command(self) -> list[str]:
        flags = {
            "rpc_port": self.rpc_port,
            "rpc_address": self.spec.place.address,
            "metrics_port": self.admin_port,
            "metrics_host": self.spec.place.address,
            "http_metadata_server_port": self.metadata_port,
            "http_metadata_server_host": self.spec.place.address,
            "data_dir": self.spec.folder / "master",
        }
        return [str(PROGRAM), *(f"--{name}={v}" for name, v in flags.items()), *self.spec.options]

    def start(self) -> "Master":
        """Start it and wait until its pages answer."""
        self._begin(self.command(), os.environ)
        return self

    def get(self, path: str, status: int = 200) -> str:
        """An admin page that is to answer with this status."""
        return self.send("GET", path, None, status)

    def send(self, method: str, path: str, body: str | None, status: int = 200) -> str:
        url = f"http://{self.spec.place.address}:{self.admin_port}{path}"
        data = None if body is None else body.encode()
        request = urllib.request.Request(url, data, method=method)
        code, answer = self.spec.place.within(lambda: _fetched(request))
        if code != status:
            raise RigError(f"master: {method} {path} answered {code}, not {status}: {answer}")
        return answer

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def log_has(self, words: str) -> bool:
        return words in self.said()

    def _ask_ready(self) -> None:
        self.get("/health")


def _fetched(request: urllib.request.Request) -> tuple[int, str]:
    """Status and body, whatever the status is."""
    try:
        with DIRECT.open(request, timeout=HTTP_TIMEOUT_S) as response:
            return int(response.status), str(response.read().decode())
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
