# SPDX-License-Identifier: Apache-2.0
"""A real sidecar as a child process, which dies with its test."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

LAUNCHER = Path(__file__).parents[3] / "moonpool"
START_SECONDS = 300.0  # the first start may build
STOP_SECONDS = 20.0


class RealSidecar:
    """`./moonpool sidecar` on files of its own; `start` after `kill` finds them again."""

    def __init__(self, arena_bytes: int = 64 << 20, *options: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="moonpool-test-", dir="/dev/shm"))
        self.path = str(self.folder / "sidecar.sock")
        self._arena_bytes = arena_bytes
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> RealSidecar:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            print(self.log())
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> RealSidecar:
        """Returns when its control socket answers."""
        for name in ("data", "arena"):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
        command = [
            *shlex.split(os.environ.get("MOONPOOL_COMMAND", shlex.quote(str(LAUNCHER)))),
            *("sidecar", "--socket", self.path),
            *("--arena-bytes", str(self._arena_bytes), "--slab-bytes", str(1 << 20)),
            *("--data-dir", str(self.folder / "data"), "--arena-dir", str(self.folder / "arena")),
            *("--http-listen", "none"),
            *self._options,
        ]
        began = len(self.log())
        with (self.folder / "log").open("ab") as sink:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers(began):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the sidecar did not start:\n{self.log()}")
            time.sleep(0.02)
        return self

    def _answers(self, began: int) -> bool:
        """Whether it has printed its summary, which it does when engines can attach."""
        return self.path in self.log()[began:]

    def log(self) -> str:
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / "log").read_text()
        return ""

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def signal(self, number: int) -> None:
        """To its whole group, as the launcher may be a shell."""
        assert self._process is not None
        os.killpg(self._process.pid, number)

    def kill(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.signal(signal.SIGKILL)
            self._process.wait(STOP_SECONDS)
            self._process = None
