# SPDX-License-Identifier: Apache-2.0
"""Starts a sidecar when none is there and the user asked for it: once per host and socket, under a
lock.

The lock is an open file that the started process inherits, so it is held for exactly as long as
that sidecar lives.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shlex
import shutil
import subprocess
import time

ENVIRONMENT = "MOONPOOL_AUTOSTART"
COMMAND_ENVIRONMENT = "MOONPOOL_COMMAND"
_AGAIN_SECONDS = 60.0
_GRACE_SECONDS = 30.0
# No child of the engine's: vLLM kills every descendant at its exit, and the cache shall outlive it.
_ORPHANED = '"$@" >>"$0" 2>&1 & echo $!'
_TRUE = ("1", "true", "yes", "on")


def wanted(option: bool) -> bool:
    """Whether option or environment ask for a sidecar to be started."""
    return option or os.environ.get(ENVIRONMENT, "").strip().lower() in _TRUE


class Autostart:
    """Starts `moonpool sidecar` for one socket. Used by one attach thread."""

    def __init__(self, socket_path: str, command: str | None) -> None:
        self._socket_path = socket_path
        self._command = command
        self._next = 0.0
        self._quiet_until = 0.0

    @property
    def starting(self) -> bool:
        """Whether a sidecar was started lately, by anyone, and may need a moment."""
        return time.monotonic() < self._quiet_until

    def start(self) -> str | None:
        """A line for the log when something was tried. Never raises, never waits for it."""
        now = time.monotonic()
        if now < self._next:
            return None
        self._next = now + _AGAIN_SECONDS
        try:
            return self._start_locked()
        except OSError as error:
            return f"autostart of a sidecar at {self._socket_path} failed: {error}"

    def _start_locked(self) -> str | None:
        command = self._resolved()
        if command is None:
            return (
                "autostart found no moonpool command: "
                f"set {COMMAND_ENVIRONMENT}, or put moonpool on the PATH"
            )
        folder = os.path.dirname(self._socket_path) or "."
        os.makedirs(folder, mode=0o700, exist_ok=True)
        lock = os.open(
            f"{self._socket_path}.autostart", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        try:
            self._quiet_until = time.monotonic() + _GRACE_SECONDS
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return self._spawn(command, lock)
        except BlockingIOError:
            return None
        finally:
            os.close(lock)

    def _spawn(self, command: list[str], lock: int) -> str:
        output = f"{self._socket_path}.log"
        arguments = [*command, "sidecar", "--socket", self._socket_path]
        if shutil.which(command[0]) is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), command[0])
        done = subprocess.run(
            ["/bin/sh", "-c", _ORPHANED, output, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
            pass_fds=(lock,),
            check=True,
        )
        pid = int(done.stdout)
        return f"started a sidecar: {shlex.join(arguments)} (pid {pid}, output in {output})"

    def _resolved(self) -> list[str] | None:
        given = self._command or os.environ.get(COMMAND_ENVIRONMENT)
        if given:
            return shlex.split(given)
        found = shutil.which("moonpool")
        return [found] if found else None
