# SPDX-License-Identifier: Apache-2.0
"""Both ends of a ring (docs/spec/02-rings.md). One writing thread, one reading thread, and no trust
between them.

Stores to the positions and lengths are aligned `memoryview` stores of their natural size: on x86-64
each is one plain move, which is a release store there, and a load is an acquire load.
"""

from __future__ import annotations

from typing import Final

from moonpool.protocol.layout import Ring

_HEADER: Final = Ring.RECORD_HEADER_BYTES
_PADDING: Final = Ring.PADDING


Record = tuple[int, bytes]
"""Type and body."""


class RingViolation(Exception):
    """The other side wrote what no writer may write. It ends the session and nothing else."""


def _checked(ring: memoryview, capacity: int) -> None:
    if capacity < Ring.CAPACITY_MIN or capacity & (capacity - 1):
        raise ValueError(f"ring capacity must be a power of two from 1024: capacity={capacity}")
    if ring.nbytes != capacity + Ring.TRAILER_BYTES:
        raise ValueError(f"ring and capacity disagree: bytes={ring.nbytes}, capacity={capacity}")


def _position(value: int) -> int:
    if value < 0 or value % Ring.ALIGNMENT:
        raise ValueError(f"ring position is not a multiple of 8: position={value}")
    return value


class RingProducer:
    """The writing end. Positions begin where the trailer says, at 0 in a fresh ring."""

    def __init__(self, ring: memoryview, capacity: int) -> None:
        _checked(ring, capacity)
        self.buffer: Final = ring
        self.longest_body: Final = Ring.longest_record(capacity) - _HEADER
        self._capacity = capacity
        self._mask = capacity - 1
        self._longs = ring.cast("q")
        self._ints = ring.cast("i")
        self._tail_index = (capacity + Ring.TAIL) >> 3
        self._head_cache_index = (capacity + Ring.HEAD_CACHE) >> 3
        self._head_index = (capacity + Ring.HEAD) >> 3
        self._tail = _position(self._longs[self._tail_index])
        self._head = _position(self._longs[self._head_index])

    def offer(self, *records: Record) -> bool:
        """Makes records visible one after the other, all or (False: the ring is full) none."""
        end = self._tail
        for _, body in records:
            if len(body) > self.longest_body:
                raise ValueError(f"body too long: bytes={len(body)}, longest={self.longest_body}")
            size = (_HEADER + len(body) + 7) & ~7
            to_end = self._capacity - (end & self._mask)
            end += size if size <= to_end else to_end + size
        if not self._free(end - self._tail):
            return False
        for record_type, body in records:
            self._write(record_type, body)
        return True

    def _write(self, record_type: int, body: bytes) -> None:
        """SYNC POINT: the body becomes visible by the store of its record's length."""
        ints, longs = self._ints, self._longs
        length = _HEADER + len(body)
        size = (length + 7) & ~7
        start = index = self._tail & self._mask
        padding = self._capacity - index if size > self._capacity - index else 0
        if padding:
            index = 0
        self.buffer[index + _HEADER : index + length] = body
        longs[((index + size) & self._mask) >> 3] = 0
        if padding:
            longs[0] = 0
            ints[(start >> 2) + 1] = _PADDING
            ints[start >> 2] = padding
        ints[(index >> 2) + 1] = record_type
        ints[index >> 2] = length
        self._tail += padding + size
        longs[self._tail_index] = self._tail

    def _free(self, need: int) -> bool:
        # One header more: the place of the next record, which is zeroed, must not be unread.
        limit = self._tail + need + _HEADER - self._capacity
        if limit <= self._head:
            return True
        head = self._longs[self._head_index]
        # A head that moves back or passes the tail is a lie; believing nothing keeps the ring full,
        # which is safe.
        if not self._head <= head <= self._tail:
            return False
        self._head = head
        self._longs[self._head_cache_index] = head
        return limit <= head


class RingConsumer:
    """The reading end. Positions are its own; what the writer says of itself is only ever checked
    against them.
    """

    def __init__(self, ring: memoryview, capacity: int) -> None:
        _checked(ring, capacity)
        self._ring = ring
        self._capacity = capacity
        self._mask = capacity - 1
        self._longest = Ring.longest_record(capacity)
        self._longs = ring.cast("q")
        self._ints = ring.cast("i")
        self._head_index = (capacity + Ring.HEAD) >> 3
        self._head = _position(self._longs[self._head_index])

    @property
    def ready(self) -> bool:
        """Whether `poll` would find something."""
        return self._ints[(self._head & self._mask) >> 2] > 0

    def poll(self, limit: int) -> list[Record]:
        """At most `limit` records as (type, private copy of the body).

        Raises `RingViolation`; what was read before it in the same call is dropped with the
        session.
        """
        records: list[Record] = []
        # Twice at most: a writer that never stops must not keep the reader.
        if self._batch(records, limit):
            self._batch(records, limit)
        return records

    def _batch(self, records: list[Record], limit: int) -> bool:
        """Reads up to the end of the buffer at most; True when it came there and more may follow at
        the start.
        """
        first = index = self._head & self._mask
        ints = self._ints
        while len(records) < limit and index < self._capacity:
            length = ints[index >> 2]
            if length <= 0:
                break
            record_type = ints[(index >> 2) + 1]
            aligned = self._checked_length(index, length, record_type)
            if record_type != _PADDING:
                records.append((record_type, bytes(self._ring[index + _HEADER : index + length])))
            index += aligned
        if index > first:
            self._consume(first, index - first)
        return index == self._capacity and len(records) < limit

    def _checked_length(self, index: int, length: int, record_type: int) -> int:
        aligned = (length + 7) & ~7
        longest = self._capacity - index if record_type == Ring.PADDING else self._longest
        if not (record_type == Ring.PADDING or 1 <= record_type <= Ring.TYPE_MAX):
            raise RingViolation(f"record type out of range: type={record_type}, index={index}")
        if not _HEADER <= length <= longest or index + aligned > self._capacity:
            raise RingViolation(f"record length out of range: length={length}, index={index}")
        return aligned

    def _consume(self, index: int, consumed: int) -> None:
        self._ring[index : index + consumed] = bytes(consumed)
        self._head += consumed
        # SYNC POINT: the zeroed bytes, by the store of the head.
        self._longs[self._head_index] = self._head
