# SPDX-License-Identifier: Apache-2.0
"""A sidecar without a store, ONLY for the unit tests of the sessions' state machines.

It attaches clients as docs/spec/04-control.md says, with real sockets, files, locks and rings, and
then does what a test tells it to. What a real sidecar does is shown by test_real_sidecar.py and
nowhere else.
"""

from __future__ import annotations

import contextlib
import os
import queue
import secrets
import socket
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from moonpool.protocol import control, mapping, wire
from moonpool.protocol.layout import Headers, Ring, Session
from moonpool.protocol.ring import RingConsumer, RingProducer

RING_BYTES = 1 << 16
CELLS = 16
SLABS, PER_SLAB = 2, 8
ARENA_BYTES = SLABS * PER_SLAB * 4096


@dataclass
class FakeSession:
    """One attached process, seen from the sidecar."""

    session_id: int
    request: Any
    ticket: bytes
    view: memoryview
    descriptor: int
    ready: threading.Event = field(default_factory=threading.Event)
    watch: queue.Queue[Any] = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        ring = RING_BYTES + Ring.TRAILER_BYTES
        at = Session.CELLS + CELLS * Session.CELL_BYTES
        self.requests = RingConsumer(self.view[at : at + ring], RING_BYTES)
        self.completions = RingProducer(self.view[at + ring : at + 2 * ring], RING_BYTES)

    def take(self, seconds: float = 2.0, skip: tuple[type[Any], ...] = (wire.Ping,)) -> Any:
        """The next message of the client."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for record_type, body in self.requests.poll(1):
                message = wire.decode(record_type, body)
                if not isinstance(message, skip):
                    return message
            time.sleep(0.001)
        raise AssertionError("the client sent nothing")

    def nothing_came(self) -> bool:
        return self.requests.poll(1) == []

    def answer(self, *messages: wire.Message) -> None:
        for message in messages:
            assert self.completions.offer(wire.record(message)), "completion ring full"

    def mark(self, cell: int, job: int, entries: int, state: int) -> None:
        at = Session.CELLS + cell * Session.CELL_BYTES
        struct.pack_into("<QQ", self.view, at, job, state << 32 | entries)

    def beat(self) -> None:
        beats = self.view[Session.HEARTBEAT : Session.HEARTBEAT + 8].cast("Q")
        beats[0] += 1


class FakeSidecar:
    """Listens from construction to `close`; `die` is what SIGKILL would look like."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = str(folder / "sidecar.sock")
        self.epoch = 1
        self.arena_id = b"A" * 16
        self.lost: list[int] = []
        self.refusal: tuple[grpc.StatusCode, str] | None = None
        self.confirms = True
        self.beating = True
        self.warnings: list[str] = []
        self.lookup_deadline_ms = 20
        self.attaches: list[Any] = []
        self.sessions: queue.Queue[FakeSession] = queue.Queue()
        self._by_id: dict[int, FakeSession] = {}
        self._files = self._shared_files()
        self._running = False

    def start(self) -> FakeSidecar:
        self._running = True
        for name in (self.path, f"{self.path}.fd"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(f"{self.path}.fd")
        self._listener.listen()
        threading.Thread(target=self._serve_descriptors, daemon=True).start()
        threading.Thread(target=self._beat, daemon=True).start()
        self._server = grpc.server(ThreadPoolExecutor(8))
        self._server.add_generic_rpc_handlers((self._handlers(),))
        self._server.add_insecure_port(f"unix:{self.path}")
        self._server.start()
        return self

    def die(self) -> None:
        """Everything stops at once, and the socket file stays."""
        self._running = False
        self._listener.shutdown(socket.SHUT_RDWR)  # close alone would leave its thread in accept
        self._listener.close()
        for session in self._by_id.values():
            session.watch.put(None)
        self._server.stop(0).wait()
        self._by_id.clear()

    def session(self, seconds: float = 5.0) -> FakeSession:
        """The next session that became ready."""
        session = self.sessions.get(timeout=seconds)
        assert session.ready.wait(seconds), "the client never confirmed its lock"
        return session

    def word(self, slot: int, word: int) -> None:
        headers = mapping.shared_view(self._files["headers"], self._header_bytes(), writable=True)
        struct.pack_into("<Q", headers, Headers.offset(SLABS) + slot * 256, word)

    def _shared_files(self) -> dict[str, int]:
        sizes = {"headers": self._header_bytes(), "arena": ARENA_BYTES, "doorbell": 4096}
        files = {name: self._file(name, size) for name, size in sizes.items()}
        page = struct.pack(
            "<8sII16sIIQII",
            Headers.MAGIC, 1, 256, b"b" * 16, 1, SLABS, PER_SLAB * 4096, PER_SLAB, 1,
        )  # fmt: skip
        os.pwrite(files["headers"], page, 0)
        os.pwrite(files["doorbell"], b"MPDOORB1", 64)
        return files

    @staticmethod
    def _header_bytes() -> int:
        return Headers.offset(SLABS) + SLABS * PER_SLAB * 256

    def _file(self, name: str, size: int) -> int:
        opened = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        os.ftruncate(opened, size)
        return opened

    def _beat(self) -> None:
        while self._running:
            if self.beating:
                for session in list(self._by_id.values()):
                    session.beat()
            time.sleep(0.02)

    def _handlers(self) -> Any:
        def unary(method: Any, request: str) -> Any:
            return grpc.unary_unary_rpc_method_handler(
                method,
                request_deserializer=control.message_class(request).FromString,
                response_serializer=lambda reply: reply.SerializeToString(),
            )

        watch = grpc.unary_stream_rpc_method_handler(
            self._watch,
            request_deserializer=control.message_class("WatchRequest").FromString,
            response_serializer=lambda reply: reply.SerializeToString(),
        )
        handlers = {
            "Attach": unary(self._attach, "AttachRequest"),
            "Detach": unary(self._detach, "DetachRequest"),
            "Watch": watch,
        }
        return grpc.method_handlers_generic_handler("moonpool.v1.Control", handlers)

    def _attach(self, request: Any, context: Any) -> Any:
        self.attaches.append(request)
        if self.refusal is not None:
            context.abort(*self.refusal)
        session = self._new_session(request)
        worker = request.role == 2
        reply = control.message_class("AttachReply")(
            session_id=session.session_id, engine_index=0, epoch=self.epoch, boot_id=b"b" * 16,
            ticket=session.ticket, descriptor_socket="sidecar.sock.fd", doorbell_tag=3,
            warnings=self.warnings, lost_job_ids=self.lost,
            lookup_deadline_ms=self.lookup_deadline_ms, lease_budget_bytes=4096,
        )  # fmt: skip
        reply.protocol.major = 1
        reply.files.add(kind=1, bytes=session.view.nbytes, file_id=secrets.token_bytes(16))
        reply.files.add(kind=2, bytes=self._header_bytes(), file_id=b"H" * 16)
        reply.files.add(kind=3, bytes=ARENA_BYTES, file_id=self.arena_id)
        if not worker:
            reply.files.add(kind=4, bytes=4096, file_id=b"D" * 16)
        return reply

    def _new_session(self, request: Any) -> FakeSession:
        session_id = secrets.randbits(48) | 1
        ring = RING_BYTES + Ring.TRAILER_BYTES
        at = Session.CELLS + CELLS * Session.CELL_BYTES
        size = at + 2 * ring
        opened = self._file(f"session-{session_id}", size)
        capacity = 0 if request.role == 2 else RING_BYTES
        page = struct.pack(
            "<8sIIQIIIIII16s",
            Session.MAGIC, 1, request.role, session_id, at, capacity, at + ring, capacity,
            Session.CELLS, CELLS, b"b" * 16,
        )  # fmt: skip
        os.pwrite(opened, page, 0)
        view = mapping.shared_view(opened, size, writable=True)
        session = FakeSession(session_id, request, secrets.token_bytes(16), view, opened)
        self._by_id[session_id] = session
        return session

    def _watch(self, request: Any, _: Any) -> Any:
        session = self._by_id.get(request.session_id)
        while session is not None:
            event = session.watch.get()
            if event is None:
                return
            yield event

    def _detach(self, request: Any, _: Any) -> Any:
        session = self._by_id.pop(request.session_id, None)
        if session is not None:
            session.watch.put(None)
        return control.message_class("DetachReply")()

    def _serve_descriptors(self) -> None:
        while self._running:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, contextlib.suppress(OSError):
                client.settimeout(5)
                self._conversation(client)

    def _conversation(self, client: socket.socket) -> None:
        _, session_id, ticket = struct.unpack("<8sQ16s", client.recv(32))
        session = self._by_id.get(session_id)
        if session is None or session.ticket != ticket:
            line = b"ticket unknown: attach again"
            client.sendall(b"MPER" + len(line).to_bytes(4, "little") + line)
            return
        files = [session.descriptor, self._files["headers"], self._files["arena"]]
        if session.request.role == 1:
            files.append(self._files["doorbell"])
        message = struct.pack("<4sI", b"MPFD", len(files))
        socket.send_fds(client, [message], files)
        assert client.recv(1) == b"L"
        # Locks of this very process don't conflict, so that the fake can't test it; it asks the
        # kernel's list.
        inode = os.fstat(session.descriptor).st_ino
        locked = f":{inode} " in Path("/proc/locks").read_text()
        client.sendall(b"R" if locked and self.confirms else b"N")
        if self.confirms:
            self.sessions.put(session)
            session.ready.set()
