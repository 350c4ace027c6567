# SPDX-License-Identifier: Apache-2.0
"""Offsets of the shared files (docs/spec/01-files.md and 02-rings.md). No state."""

from __future__ import annotations

import struct

import numpy as np

LAYOUT_VERSION = 1
PAGE_BYTES = 4096
FILE_ID_BYTES = 16
HASH_BYTES = 32


class Session:
    """The session file."""

    MAGIC = b"MPSESS01"
    FIRST_FIELDS = struct.Struct("<8sIIQIIIIII16s")
    COMPLETION_DOORBELL = 128
    HEARTBEAT = 192
    CELLS = PAGE_BYTES
    CELL_BYTES = 64
    CELL_JOB = 0
    CELL_MARK = 8
    CELL_COUNT_MAX = 65536


class Doorbell:
    """The host's request doorbell."""

    BYTES = PAGE_BYTES
    MAGIC = b"MPDOORB1"
    VALUE = 0
    MAGIC_OFFSET = 64


class Headers:
    """The header table."""

    MAGIC = b"MPHEADR1"
    FIRST_FIELDS = struct.Struct("<8sII16sIIQII")
    HEADER_BYTES = 256
    SLAB_ENTRY_BYTES = 16
    WORD = 0
    PINNED_BY = 8
    EPOCH = 16
    PAYLOAD_BYTES = 24

    @staticmethod
    def offset(slab_count: int) -> int:
        """Where the headers begin."""
        table = Headers.SLAB_ENTRY_BYTES * slab_count
        return PAGE_BYTES + -(-table // PAGE_BYTES) * PAGE_BYTES


class Ring:
    """One ring: `capacity` bytes of records and a trailer."""

    TRAILER_BYTES = 768
    TAIL = 128
    HEAD_CACHE = 256
    HEAD = 384
    RECORD_HEADER_BYTES = 8
    ALIGNMENT = 8
    PADDING = -1
    TYPE_MAX = 65535
    CAPACITY_MIN = 1024

    @staticmethod
    def longest_record(capacity: int) -> int:
        return capacity // 8


class SlotState:
    """The low byte of a header word."""

    FREE = 0
    RESERVED = 1
    COMMITTED = 2
    CORRUPT = 3


ENTRY_BYTES = 24
ENTRY = np.dtype([("offset", "<u8"), ("word", "<u8"), ("slot", "<u4"), ("bytes", "<u4")])
"""One slot as an answer names it: `np.frombuffer(answer.entries, ENTRY)`."""
