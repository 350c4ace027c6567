"""A process of ours that serves: started until it is ready, stopped in every way, started again.

What it runs and how it tells that it is ready is its kind's; its life is the same for all.
"""

import contextlib
import signal
import subprocess
import time
import urllib.error
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from rig.commands import tail
from rig.errors import DeadlineError, RigError
from rig.place import Place
from rig.reaper import Process, Reaper, kill_group

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
POLL_S = 0.05
Kind = TypeVar("Kind", bound="Service")


class Service:
    """One process, which may be started again after its death."""

    def __init__(self, name: str, place: Place, log: Path) -> None:
        self.log = log
        self.frozen = False
        self._name = name
        self._place = place
        self._process: Process | None = None

    @property
    def running(self) -> bool:
        """Started and not ended by us, whatever has become of it."""
        return self._process is not None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RigError(f"{self._name}: not running")
        return self._process.pid

    def start(self: Kind) -> Kind:
        """Start it and wait until it is ready."""
        raise NotImplementedError

    def freeze(self) -> None:
        kill_group(self.pid, signal.SIGSTOP)
        self.frozen = True

    def thaw(self) -> None:
        kill_group(self.pid, signal.SIGCONT)
        self.frozen = False

    def kill(self) -> None:
        if self._process is not None:
            Reaper.shared().end(self._process)
            self._process = None
            self.frozen = False

    def terminate(self) -> int:
        """SIGTERM; its exit status. One that does not end in time is killed: an error."""
        process = self._process
        if process is None:
            return 0
        process.terminate()
        try:
            return process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            raise DeadlineError(
                f"{self._name}: alive {STOP_TIMEOUT_S:.0f} s after SIGTERM"
            ) from error
        finally:
            self.kill()

    def __enter__(self: Kind) -> Kind:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def _begin(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        """Run it until it is ready."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a") as sink:
            self._process = Reaper.shared().start(
                self._place.command(command),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                env=environ,
            )
        self._wait_ready()

    def _ask_ready(self) -> None:
        """Raises as long as it does not answer."""
        raise NotImplementedError

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._is_ready():
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                self.kill()
                what = "ended at its start" if ended else f"not ready in {START_TIMEOUT_S:.0f} s"
                raise RigError(f"{self._name}: {what}; its log {self.log} ends:\n{tail(self.log)}")
            time.sleep(POLL_S)

    def _is_ready(self) -> bool:
        with contextlib.suppress(urllib.error.URLError, OSError):
            self._ask_ready()
            return True
        return False
