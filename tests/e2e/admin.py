"""What a sidecar says of itself: its status over the control socket, and waiting for something to
become true.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import grpc
from moonpool.protocol.control import ControlStub, message_class, open_channel

STATUS_TIMEOUT_S = 5.0
WAIT_S = 30.0
POLL_S = 0.02

Seen = TypeVar("Seen")


def wait_until(
    look: Callable[[], Seen], what: str, timeout_s: float = WAIT_S, poll_s: float = POLL_S
) -> Seen:
    """The first truthy thing that `look` sees; TimeoutError names what was waited for and what was
    there instead.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {timeout_s:.0f} s: {what}; last seen: {seen!r}")
        time.sleep(poll_s)


class Admin:
    """The Admin service of one socket; the channel follows the sidecar through restarts."""

    def __init__(self, socket: Path) -> None:
        self._channel = open_channel(str(socket))
        self._stub = ControlStub(self._channel)

    def status(self, timeout_s: float = STATUS_TIMEOUT_S) -> Any:
        request = message_class("StatusRequest")()
        return self._stub.status(request, timeout=timeout_s, wait_for_ready=True)

    def status_now(self) -> Any | None:
        """None when no sidecar answers at once."""
        try:
            return self.status(timeout_s=0.5)
        except grpc.RpcError:
            return None

    def close(self) -> None:
        self._channel.close()
