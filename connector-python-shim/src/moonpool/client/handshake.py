# SPDX-License-Identifier: Apache-2.0
"""The steps of docs/spec/04-control.md, Attach, in their order. Runs on the attach thread only."""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING, Any

from moonpool.client.arena import ArenaMapping
from moonpool.client.attachment import Attachment, Resume
from moonpool.client.spec import AttachSpec, Role
from moonpool.protocol import control, descriptors, mapping
from moonpool.protocol.headers import HeaderTable
from moonpool.protocol.layout import Doorbell
from moonpool.protocol.session_file import SessionFile

if TYPE_CHECKING:
    import grpc

CONNECT_SECONDS = 1.0
ATTACH_SECONDS = 2.0
DESCRIPTOR_SECONDS = 2.0
_LISTED_LEASES_BYTES_MAX = 3 << 20  # a gRPC message has 4 MiB
_SOCKET_PATH_BYTES_MAX = 107
_FILE_SESSION, _FILE_HEADERS, _FILE_ARENA, _FILE_DOORBELL = 1, 2, 3, 4
_FILES = {
    Role.SCHEDULER: frozenset((_FILE_SESSION, _FILE_HEADERS, _FILE_ARENA, _FILE_DOORBELL)),
    Role.WORKER: frozenset((_FILE_SESSION, _FILE_HEADERS, _FILE_ARENA)),
}


class Absent(OSError):
    """Nobody answers at the socket; `errno` says why."""


class Refused(Exception):
    """The sidecar answered, and the answer is no; the message is its line."""


def probe(socket_path: str) -> None:
    """Raises `Absent` with the reason why nobody answers: gRPC would hide its errno."""
    if len(os.fsencode(socket_path)) > _SOCKET_PATH_BYTES_MAX:
        raise Absent(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(CONNECT_SECONDS)
        try:
            client.connect(socket_path)
        except OSError as error:
            code = error.errno or errno.ETIMEDOUT
            raise Absent(code, os.strerror(code)) from None


def ready_channel(socket_path: str) -> grpc.Channel:
    """A channel whose other end has answered: a stopped sidecar accepts connections, but says
    nothing.
    """
    import grpc

    channel = control.open_channel(socket_path)
    try:
        grpc.channel_ready_future(channel).result(timeout=CONNECT_SECONDS)
    except grpc.FutureTimeoutError:
        channel.close()
        raise Absent(errno.ETIMEDOUT, "the socket is there, nobody answers") from None
    except BaseException:
        channel.close()
        raise
    return channel


class Handshake:
    """Attaches one process, again and again. Keeps the arena's mapping across sessions of the same
    file.
    """

    def __init__(self, spec: AttachSpec, socket_path: str) -> None:
        self._spec = spec
        self._socket_path = socket_path
        self.boot = 0
        self.previous_session_id = 0
        self.warnings: tuple[str, ...] = ()

    def attach(
        self, stub: control.ControlStub, resume: Resume, arena: ArenaMapping | None
    ) -> Attachment:
        """A session that is ready. `arena` is the mapping that stands, which stays if the file is
        the same.
        """
        listed = _within_bounds(resume)
        reply = self._call(stub, listed)
        self.previous_session_id = reply.session_id
        self.warnings = tuple(reply.warnings)
        with descriptors.DescriptorSocket(self._beside(reply), DESCRIPTOR_SECONDS) as files:
            opened = files.receive(reply.session_id, reply.ticket, len(reply.files))
            attachment: Attachment | None = None
            try:
                attachment = self._mapped(reply, opened, listed, arena)
                descriptors.lock(attachment.lock_descriptor)
                files.confirm()
            except BaseException:
                _discard(attachment, arena)
                descriptors.close_all(opened)
                raise
        descriptors.close_all([one for one in opened if one != attachment.lock_descriptor])
        self.boot += 1
        return attachment

    def _call(self, stub: control.ControlStub, resume: Resume) -> Any:
        import grpc

        try:
            reply = stub.attach(self._request(resume), timeout=ATTACH_SECONDS)
        except grpc.RpcError as error:
            code, details = error.code(), error.details()
            if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
                raise Absent(errno.ETIMEDOUT, f"Attach: {code.name}: {details}") from None
            raise Refused(f"{code.name}: {details}") from None
        if reply.protocol.major != control.MAJOR:
            raise Refused(
                f"protocol {reply.protocol.major}.{reply.protocol.minor} is spoken there and "
                f"{control.MAJOR}.{control.MINOR} here: upgrade the older side"
            )
        return reply

    def _request(self, resume: Resume) -> Any:
        spec = self._spec
        request = control.message_class("AttachRequest")(
            client=spec.client,
            engine_id=spec.engine_id,
            role=int(spec.role),
            rank=spec.rank,
            pid=os.getpid(),
            tenant=spec.tenant,
            world_size=spec.world_size,
            wants_events=spec.wants_events,
            previous_session_id=self.previous_session_id,
            previous_epoch=resume.epoch,
            reset_pending=resume.reset_pending,
        )
        request.protocol.major = control.MAJOR
        request.protocol.minor = control.MINOR
        _fill_identity(request, spec)
        if spec.pool is not None:
            request.pool.origin = spec.pool.origin
            request.pool.settings.update(spec.pool.settings)
        for job, entries in resume.leases.items():
            request.leases.add(job_id=job, entries=entries)
        return request

    def _beside(self, reply: Any) -> str:
        name: str = reply.descriptor_socket
        return os.path.join(os.path.dirname(self._socket_path), name)

    def _by_kind(self, reply: Any, opened: list[int]) -> dict[int, tuple[int, Any]]:
        by_kind = {file.kind: (fd, file) for fd, file in zip(opened, reply.files, strict=True)}
        missing = _FILES[self._spec.role] - by_kind.keys()
        if missing:
            raise Refused(f"the sidecar left out files of kind {sorted(missing)}")
        return by_kind

    def _mapped(
        self, reply: Any, opened: list[int], resume: Resume, arena: ArenaMapping | None
    ) -> Attachment:
        by_kind = self._by_kind(reply, opened)
        lock_descriptor, session_file = by_kind[_FILE_SESSION]
        arena_id = by_kind[_FILE_ARENA][1].file_id
        session_view = mapping.shared_view(lock_descriptor, session_file.bytes, writable=True)
        session = SessionFile(session_view)
        if session.session_id != reply.session_id:
            raise Refused(
                f"the session file is another's: session={session.session_id}, "
                f"expected={reply.session_id}"
            )
        worker = self._spec.role is Role.WORKER
        return Attachment(
            boot=self.boot + 1,
            session_id=reply.session_id,
            epoch=reply.epoch,
            boot_id=reply.boot_id,
            arena_id=arena_id,
            doorbell_tag=reply.doorbell_tag,
            lost_jobs=frozenset(reply.lost_job_ids),
            lookup_deadline_seconds=reply.lookup_deadline_ms / 1000.0,
            verify_bytes_per_second=reply.verify_bytes_per_second,
            lease_budget_bytes=reply.lease_budget_bytes,
            resume=resume,
            session=session,
            lock_descriptor=lock_descriptor,
            doorbell=None if worker else _doorbell(by_kind),
            headers=_headers(by_kind) if worker else None,
            arena=_arena(by_kind, arena) if worker else None,
        )


def _doorbell(by_kind: dict[int, tuple[int, Any]]) -> memoryview:
    return mapping.shared_view(by_kind[_FILE_DOORBELL][0], Doorbell.BYTES, writable=True)


def _headers(by_kind: dict[int, tuple[int, Any]]) -> HeaderTable:
    descriptor, file = by_kind[_FILE_HEADERS]
    return HeaderTable(mapping.shared_view(descriptor, file.bytes, writable=False))


def _arena(by_kind: dict[int, tuple[int, Any]], standing: ArenaMapping | None) -> ArenaMapping:
    descriptor, file = by_kind[_FILE_ARENA]
    if standing is not None and standing.arena.file_id == file.file_id:
        return standing
    return ArenaMapping(descriptor, file.bytes, file.file_id)


def _discard(attachment: Attachment | None, standing: ArenaMapping | None) -> None:
    if attachment and attachment.arena and attachment.arena is not standing:
        attachment.arena.unmap()


def _within_bounds(resume: Resume) -> Resume:
    """The leases that fit into one message; the rest is lost, which costs a recomputation."""
    listed: dict[int, bytes] = {}
    total = 0
    for job, entries in resume.leases.items():
        total += len(entries) + 16
        if total > _LISTED_LEASES_BYTES_MAX:
            break
        listed[job] = entries
    return Resume(resume.epoch, listed, resume.reset_pending, resume.reset_serial)


def _fill_identity(request: Any, spec: AttachSpec) -> None:
    namespace = spec.namespace
    request.namespace.digest = namespace.digest
    request.namespace.canonical_json = namespace.canonical_json
    request.namespace.label = namespace.label
    request.namespace.private_to_engine = namespace.private_to_engine
    vector = spec.hash_vector
    request.hash_vector.algorithm = vector.algorithm
    request.hash_vector.hash_bytes = vector.hash_bytes
    request.hash_vector.block_tokens = vector.block_tokens
    request.hash_vector.hash = vector.hash
    for group in spec.groups:
        added = request.groups.add(
            group=group.group,
            kind=int(group.kind),
            block_tokens=group.block_tokens,
            window_blocks=group.window_blocks,
        )
        for shard in group.shards:
            added.shards.add(
                layer_first=shard.layer_first,
                layer_count=shard.layer_count,
                head_first=shard.head_first,
                head_count=shard.head_count,
                slot_bytes=shard.slot_bytes,
            )
