"""A port on a host that gives everybody the same answer, whatever was asked."""

import contextlib
import socket
import threading
from types import TracebackType

from rig.hosts import Host

HEARD_BYTES = 1 << 16


class Babbler:
    """Answers until it is closed, one guest after the other; keeps what it heard."""

    def __init__(self, host: Host, answer: bytes) -> None:
        self.heard: list[bytes] = []
        self._answer = answer
        self._door = host.within(lambda: socket.create_server((host.address, 0)))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def address(self) -> str:
        host, port = self._door.getsockname()
        return f"{host}:{port}"

    def __enter__(self) -> "Babbler":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                guest, _ = self._door.accept()
            except OSError:
                return
            with guest, contextlib.suppress(OSError):
                guest.settimeout(5)
                self.heard.append(guest.recv(HEARD_BYTES))
                guest.sendall(self._answer)
