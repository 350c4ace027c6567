# SPDX-License-Identifier: Apache-2.0
"""The messages of the rings (proto/src/main/sbe/ring.xml, docs/spec/03-messages.md).

A message is a named tuple whose fields are those of the schema, in its order. Encoding writes into
a buffer of the caller; decoding reads a private copy of a record's body, believes no length in it,
and skips what a newer minor version appends.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from moonpool.protocol.layout import ENTRY_BYTES, HASH_BYTES

SCHEMA_ID: Final = 7170
SCHEMA_VERSION: Final = 1
GROUPS_MAX: Final = 16
INTEND_BLOCKS_MAX: Final = 1024
LOOKUP_BLOCKS_MAX: Final = 131_072
FLAG_PREFETCH: Final = 1
FLAG_PARENT: Final = 1
CLOSING_SHUTDOWN: Final = 0
_CLOSING_REASONS: Final = ("SHUTDOWN", "VIOLATION", "SUPERSEDED")
NO_HASH: Final = bytes(HASH_BYTES)


class WireError(ValueError):
    """A body that no sidecar of this protocol writes."""


class LookupKeys(NamedTuple):
    job_id: int
    first_block: int
    group: int
    hashes: bytes


class Lookup(NamedTuple):
    job_id: int
    epoch: int
    local_tokens: int
    max_tokens: int
    align_tokens: int
    flags: int = 0


class Release(NamedTuple):
    job_id: int
    keep_entries: int = 0


class Cancel(NamedTuple):
    job_id: int


class Intend(NamedTuple):
    job_id: int
    epoch: int
    first_position: int
    group: int
    flags: int
    parent_hash: bytes
    hashes: bytes


class Commit(NamedTuple):
    job_id: int
    blocks: bytes


class Abort(NamedTuple):
    job_id: int


class Ping(NamedTuple):
    nonce: int


class Reset(NamedTuple):
    job_id: int
    epoch: int


class Entries(NamedTuple):
    job_id: int
    first_entry: int
    entries: bytes


class AnswerGroup(NamedTuple):
    group: int
    first_block: int
    block_count: int
    present_count: int


class LookupAnswer(NamedTuple):
    job_id: int
    hit_tokens: int
    entry_count: int
    cell: int
    status: int
    miss_reason: int
    groups: tuple[AnswerGroup, ...]


class IntendAnswer(NamedTuple):
    job_id: int
    entry_count: int
    status: int
    verdicts: bytes


class Committed(NamedTuple):
    job_id: int
    stored: int


class Evicted(NamedTuple):
    group: int
    hashes: bytes


class Pong(NamedTuple):
    nonce: int


class Revoke(NamedTuple):
    job_id: int


class Closing(NamedTuple):
    reason: int


class ResetDone(NamedTuple):
    job_id: int
    epoch: int


class Staging(NamedTuple):
    job_id: int
    wait_millis: int


Message = (
    LookupKeys
    | Lookup
    | Release
    | Cancel
    | Intend
    | Commit
    | Abort
    | Ping
    | Reset
    | Entries
    | LookupAnswer
    | IntendAnswer
    | Committed
    | Evicted
    | Pong
    | Revoke
    | Closing
    | ResetDone
    | Staging
)

_HEADER: Final = struct.Struct("<HHHH")
_LENGTH: Final = struct.Struct("<I")
_GROUP_SIZE: Final = struct.Struct("<HH")
_ANSWER_GROUP: Final = struct.Struct("<HIII")


class Shape:
    """How one message lies in bytes: its block, then nothing, one variable field, or the answer's
    groups.
    """

    __slots__ = ("block", "block_bytes", "build", "head", "multiple", "tail", "template", "whole")

    def __init__(
        self,
        template: int,
        build: Callable[..., Message],
        fields: str,
        tail: str = "",
        multiple: int = 1,
    ) -> None:
        self.template = template
        self.build = build
        self.block = struct.Struct("<" + fields)
        self.block_bytes = self.block.size
        self.head = (self.block_bytes, template, SCHEMA_ID, SCHEMA_VERSION)
        self.whole = struct.Struct("<HHHH" + fields + ("I" if tail == "data" else ""))
        self.tail = tail
        self.multiple = multiple

    def pack(self, message: Message) -> bytes:
        """The message's body."""
        if not self.tail:
            return self.whole.pack(*self.head, *message)
        *fields, tail = message
        if self.tail == "data":
            assert isinstance(tail, bytes)
            return self.whole.pack(*self.head, *fields, len(tail)) + tail
        return self.whole.pack(*self.head, *fields) + _pack_groups(tail)


SHAPES: Final[dict[type[Any], Shape]] = {
    LookupKeys: Shape(10, LookupKeys, "QIH", "data", HASH_BYTES),
    Lookup: Shape(11, Lookup, "QQQQII"),
    Release: Shape(12, Release, "QI"),
    Cancel: Shape(13, Cancel, "Q"),
    Intend: Shape(14, Intend, "QQIHH32s", "data", HASH_BYTES),
    Commit: Shape(15, Commit, "Q", "data"),
    Abort: Shape(16, Abort, "Q"),
    Ping: Shape(17, Ping, "Q"),
    Reset: Shape(18, Reset, "QQ"),
    Entries: Shape(30, Entries, "QI", "data", ENTRY_BYTES),
    LookupAnswer: Shape(31, LookupAnswer, "QQIHBB", "groups"),
    IntendAnswer: Shape(32, IntendAnswer, "QIB", "data"),
    Committed: Shape(33, Committed, "QI"),
    Evicted: Shape(34, Evicted, "H", "data", HASH_BYTES),
    Pong: Shape(35, Pong, "Q"),
    Revoke: Shape(36, Revoke, "Q"),
    Closing: Shape(37, Closing, "B"),
    ResetDone: Shape(38, ResetDone, "QQ"),
    Staging: Shape(39, Staging, "QI"),
}
_BY_TEMPLATE: Final = {shape.template: shape for shape in SHAPES.values()}

LOOKUP_KEYS_BYTES: Final = SHAPES[LookupKeys].whole.size
"""Length of a LookupKeys body without its hashes."""


def closing_reason(reason: int) -> str:
    """The name of a `Closing` reason, for people."""
    return _CLOSING_REASONS[reason] if reason < len(_CLOSING_REASONS) else f"reason {reason}"


def _pack_groups(groups: Any) -> bytes:
    packed = [_ANSWER_GROUP.pack(*group) for group in groups]
    return _GROUP_SIZE.pack(_ANSWER_GROUP.size, len(packed)) + b"".join(packed)


def record(message: Message) -> tuple[int, bytes]:
    """The record type and the body of a message."""
    shape = SHAPES[type(message)]
    return shape.template, shape.pack(message)


def decode(record_type: int, body: bytes) -> Message | None:
    """The message of a record, or None when a newer minor version sent one that is unknown here."""
    if len(body) < _HEADER.size:
        raise WireError(f"body shorter than its header: bytes={len(body)}")
    block_bytes, template, schema, _ = _HEADER.unpack_from(body)
    if schema != SCHEMA_ID or template != record_type:
        raise WireError(f"header: schema={schema}, template={template}, type={record_type}")
    shape = _BY_TEMPLATE.get(template)
    if shape is None:
        return None
    tail_at = _HEADER.size + block_bytes
    if block_bytes < shape.block_bytes or tail_at > len(body):
        raise WireError(
            f"block of template {template}: blockLength={block_bytes}, bytes={len(body)}"
        )
    fields = shape.block.unpack_from(body, _HEADER.size)
    if not shape.tail:
        return shape.build(*fields)
    if shape.tail == "data":
        return shape.build(*fields, _decode_data(shape, body, tail_at))
    return shape.build(*fields, _decode_groups(body, tail_at))


def _decode_data(shape: Shape, body: bytes, offset: int) -> bytes:
    start = offset + _LENGTH.size
    if start > len(body):
        raise WireError(f"template {shape.template}: no length of its data")
    (length,) = _LENGTH.unpack_from(body, offset)
    if length > len(body) - start or length % shape.multiple:
        raise WireError(f"template {shape.template}: length={length}, bytes={len(body) - start}")
    return body[start : start + length]


def _decode_groups(body: bytes, offset: int) -> tuple[AnswerGroup, ...]:
    start = offset + _GROUP_SIZE.size
    if start > len(body):
        raise WireError("LookupAnswer: no size of its groups")
    stride, count = _GROUP_SIZE.unpack_from(body, offset)
    if stride < _ANSWER_GROUP.size or count > GROUPS_MAX or start + stride * count > len(body):
        raise WireError(f"LookupAnswer: groups of {stride} bytes, count={count}")
    groups = range(start, start + stride * count, stride)
    return tuple([AnswerGroup(*_ANSWER_GROUP.unpack_from(body, at)) for at in groups])
