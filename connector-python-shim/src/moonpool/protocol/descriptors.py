# SPDX-License-Identifier: Apache-2.0
"""The descriptor socket: a ticket against open files, then the proof of the lock
(docs/spec/04-control.md).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import struct
from types import TracebackType

_TICKET = struct.Struct("<8sQ16s")
_ANSWER = struct.Struct("<4sI")
_TICKET_MAGIC = b"MPTICKT1"
_FILES_MAGIC = b"MPFD"
_REFUSAL_MAGIC = b"MPER"
_REFUSAL_BYTES_MAX = 4096
_FILES_MAX = 16


class DescriptorRefusal(OSError):
    """The sidecar would not hand the files out; the message is its line."""


class DescriptorSocket:
    """One conversation: `receive` the files, lock the session file, then `confirm`."""

    def __init__(self, path: str, timeout_seconds: float) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout_seconds)
        try:
            self._socket.connect(path)
        except OSError as error:
            self._socket.close()
            raise OSError(error.errno, f"descriptor socket {path}: {error.strerror}") from error

    def __enter__(self) -> DescriptorSocket:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def receive(self, session_id: int, ticket: bytes, count: int) -> list[int]:
        """The descriptors, in the order of the reply's `files`; the caller closes them."""
        self._socket.sendall(_TICKET.pack(_TICKET_MAGIC, session_id, ticket))
        data, descriptors, _, _ = socket.recv_fds(self._socket, _ANSWER.size, _FILES_MAX)
        try:
            return self._checked(data, descriptors, count)
        except BaseException:
            close_all(descriptors)
            raise

    def _checked(self, data: bytes, descriptors: list[int], count: int) -> list[int]:
        if len(data) < _ANSWER.size:
            data += self._exactly(_ANSWER.size - len(data))
        magic, number = _ANSWER.unpack(data)
        if magic == _REFUSAL_MAGIC:
            line = self._exactly(min(number, _REFUSAL_BYTES_MAX))
            raise DescriptorRefusal(line.decode("utf-8", "replace"))
        if magic != _FILES_MAGIC or number != count or len(descriptors) != count:
            raise DescriptorRefusal(
                f"descriptor socket: expected {count} files, magic={magic!r}, "
                f"count={number}, descriptors={len(descriptors)}"
            )
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        return descriptors

    def confirm(self) -> None:
        """Says that the session file is locked and waits for the sidecar's word that it sees so."""
        self._socket.sendall(b"L")
        answer = self._exactly(1)
        if answer != b"R":
            raise DescriptorRefusal(
                f"session not ready: the sidecar answered {answer!r} to the lock"
            )

    def _exactly(self, count: int) -> bytes:
        received = b""
        while len(received) < count:
            part = self._socket.recv(count - len(received))
            if not part:
                raise DescriptorRefusal(
                    f"descriptor socket closed early: bytes={len(received)}, expected={count}"
                )
            received += part
        return received


def lock(descriptor: int) -> None:
    """Takes the record lock that proves this process alive. Closing any descriptor of the file
    drops it.
    """
    fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def close_all(descriptors: list[int]) -> None:
    """Closes what can be closed."""
    for descriptor in descriptors:
        with contextlib.suppress(OSError):
            os.close(descriptor)
