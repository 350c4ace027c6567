"""A port of this machine that leads to one of a host.

gRPC makes its sockets on threads of its own, which are in nobody's network but this machine's.
"""

import contextlib
import socket
import threading
from types import TracebackType

from rig.place import Place

CONNECT_S = 5.0
PIECE_BYTES = 1 << 16


class Tunnel:
    """Open until it is closed; a far end that is not there ends the connection at once."""

    def __init__(self, place: Place, there: tuple[str, int]) -> None:
        self._place = place
        self._there = there
        self._door = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._door.getsockname()[1]}"

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def __enter__(self) -> "Tunnel":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            try:
                far = self._place.within(lambda: socket.create_connection(self._there, CONNECT_S))
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(one: socket.socket, other: socket.socket) -> None:
    """What one says the other hears, until either ends."""
    with contextlib.suppress(OSError):
        while said := one.recv(PIECE_BYTES):
            other.sendall(said)
    for end in (one, other):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
