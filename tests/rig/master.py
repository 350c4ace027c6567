"""Masters as processes, by the name that Mooncake's users type.

with Master(MasterSpec(folder), log) as master:      # ready: /health answered 200
    master.rpc                           # host:port, for a sidecar's --master
    master.get("/metrics")               # the admin pages
    master.log_has("Master Metrics:")    # what it said so far, output and log together
    master.kill()                        # SIGKILL; start() brings it back at the same ports
    master.terminate()                   # SIGTERM, and wait; its exit status
"""

import contextlib
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from rig.commands import tail
from rig.errors import DeadlineError, RigError
from rig.paths import REPOSITORY
from rig.place import DIRECT, HERE, Place
from rig.ports import free_ports
from rig.reaper import Process, Reaper, kill_group

PROGRAM = REPOSITORY / "bin" / "mooncake_master"
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
HTTP_TIMEOUT_S = 5.0
POLL_S = 0.05


@dataclass(frozen=True)
class MasterSpec:
    """How to start one master; what it keeps is in its folder. Options come last and so win."""

    folder: Path
    options: tuple[str, ...] = ()
    place: Place = HERE


class Master:
    """One master, which may be started again after its death."""

    def __init__(self, spec: MasterSpec, log: Path) -> None:
        self.spec = spec
        self.log = log
        self.rpc_port, self.admin_port, self.metadata_port = spec.place.within(
            lambda: free_ports(3)
        )
        self._process: Process | None = None

    @property
    def rpc(self) -> str:
        return f"{self.spec.place.address}:{self.rpc_port}"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RigError("master: not running")
        return self._process.pid

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
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a") as sink:
            self._process = Reaper.shared().start(
                self.spec.place.command(self.command()),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                env=os.environ,
            )
        self._wait_ready()
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

    def freeze(self) -> None:
        kill_group(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        kill_group(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        if self._process is not None:
            Reaper.shared().end(self._process)
            self._process = None

    def terminate(self) -> int:
        """SIGTERM; its exit status. One that does not end in time is killed: an error."""
        process = self._process
        if process is None:
            return 0
        process.terminate()
        try:
            return process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            raise DeadlineError(f"master: alive {STOP_TIMEOUT_S:.0f} s after SIGTERM") from error
        finally:
            self.kill()

    def __enter__(self) -> "Master":
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._is_ready():
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                self.kill()
                what = "ended at its start" if ended else f"not ready in {START_TIMEOUT_S:.0f} s"
                raise RigError(f"master: {what}; its log {self.log} ends:\n{tail(self.log)}")
            time.sleep(POLL_S)

    def _is_ready(self) -> bool:
        with contextlib.suppress(urllib.error.URLError, OSError):
            self.get("/health")
            return True
        return False


def _fetched(request: urllib.request.Request) -> tuple[int, str]:
    """Status and body, whatever the status is."""
    try:
        with DIRECT.open(request, timeout=HTTP_TIMEOUT_S) as response:
            return int(response.status), str(response.read().decode())
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
