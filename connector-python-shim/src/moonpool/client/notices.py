# SPDX-License-Identifier: Apache-2.0
"""What the attach thread says, rarely: a line at once when something is new, then at most one a
minute.
"""

from __future__ import annotations

import errno as errnos
import os
import time
from logging import Logger, LoggerAdapter
from typing import Any, TypeAlias

Log: TypeAlias = "Logger | LoggerAdapter[Any]"

REPEAT_SECONDS = 60.0


class Notices:
    """One attach thread's lines to the engine's log."""

    def __init__(self, log: Log, socket_path: str) -> None:
        self._log = log
        self._socket_path = socket_path
        self._next: dict[str, float] = {}

    def absent(self, error: OSError) -> None:
        """No sidecar answers."""
        if not self._due("absent"):
            return
        code = error.errno or 0
        name = errnos.errorcode.get(code, "no errno")
        self._log.warning(
            "Moonpool: no sidecar answers at %s (errno %d, %s: %s); "
            "the engine goes on without it. %s",
            self._socket_path,
            code,
            name,
            error.strerror or error,
            self._cure(code),
        )

    def refused(self, line: str) -> None:
        """A sidecar answers, but not with a session."""
        if self._due(f"refused {line}"):
            self._log.warning(
                "Moonpool: the sidecar at %s refused this process: %s", self._socket_path, line
            )

    def broken(self, error: BaseException) -> None:
        """Something that should not happen; the thread goes on."""
        if self._due(f"broken {type(error).__name__}"):
            self._log.warning(
                "Moonpool: attaching to %s failed, trying again: %r", self._socket_path, error
            )

    def say(self, line: str) -> None:
        """A line of the sidecar for the engine's log, each at most once a minute."""
        if self._due(line):
            self._log.warning("Moonpool: %s", line)

    def attached(self, session_id: int, epoch: int) -> None:
        self._log.info(
            "Moonpool: attached to %s, session=%d, epoch=%d", self._socket_path, session_id, epoch
        )

    def lost(self, reason: str) -> None:
        self._log.info(
            "Moonpool: session with %s ended (%s); attaching again", self._socket_path, reason
        )

    def _due(self, key: str) -> bool:
        now = time.monotonic()
        if now < self._next.get(key, 0.0):
            return False
        if len(self._next) > 64:
            self._next.clear()
        self._next[key] = now + REPEAT_SECONDS
        return True

    def _cure(self, code: int) -> str:
        if code in (errnos.EACCES, errnos.EPERM):
            return (
                f"The socket belongs to uid {_owner(self._socket_path)} and this process runs "
                f"as uid {os.geteuid()}: start the sidecar with --allow-uid {os.geteuid()}"
            )
        if code == errnos.ENAMETOOLONG:
            return "Choose a socket path of at most 107 bytes (MOONPOOL_SOCKET, --socket)"
        return f"Start one with: moonpool sidecar --socket {self._socket_path}"


def _owner(path: str) -> str:
    """The uid of what is there, or of the folder that hides it."""
    for place in (path, os.path.dirname(path) or "."):
        try:
            return str(os.stat(place).st_uid)
        except OSError:
            continue
    return "unknown"
