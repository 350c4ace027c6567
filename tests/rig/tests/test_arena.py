"""The header table is read as docs/spec/01-files.md says."""

import struct
from pathlib import Path

import pytest

from rig.arena import Slot, committed_slots, flip_byte

SLAB_BYTES = 1 << 20
STRIDE_PAGES = 2
HEADERS = 4096 + 4096
PER_SLAB = SLAB_BYTES // 4096


def _header(state: int, position: int) -> bytes:
    body = struct.pack("<QQQQ", 7 << 8 | state, 0, 1, 5000)
    body += b"\x11" * 32 + b"\x22" * 16 + bytes(16) + bytes(32)
    body += struct.pack("<IIHHHB", 0, position, 1, 3, 4, 16)
    return body.ljust(256, b"\0")


@pytest.fixture
def arena(tmp_path: Path) -> Path:
    """Two slabs, the second one assigned; its slot 0 is reserved, its slot 1 committed."""
    top = b"MPHEADR1" + struct.pack("<II16sIIQII", 1, 256, bytes(16), 1, 2, SLAB_BYTES, PER_SLAB, 1)
    top = (
        top.ljust(64, b"\0") + b"default".ljust(40, b"\0") + struct.pack("<II16s", 0, 2, bytes(16))
    )
    slabs = bytes(16) + struct.pack("<IIQ", STRIDE_PAGES, 0, 0)
    headers = bytearray(2 * PER_SLAB * 256)
    second = PER_SLAB * 256
    headers[second : second + 512] = _header(1, 8) + _header(2, 9)
    table = top.ljust(4096, b"\0") + slabs.ljust(4096, b"\0") + headers
    (tmp_path / "headers").write_bytes(table)
    file = tmp_path / "arena-default"
    file.write_bytes(bytes(2 * SLAB_BYTES))
    return file


def test_only_committed_slots_are_listed_with_their_place(arena: Path) -> None:
    slot = Slot(
        number=PER_SLAB + 1,
        offset=SLAB_BYTES + STRIDE_PAGES * 4096,
        payload_bytes=5000,
        block_hash=b"\x22" * 16,
        namespace=b"\x11" * 32,
        group=1,
        position=9,
        shard=3,
    )
    assert committed_slots(arena) == [slot]


def test_one_byte_in_the_middle_is_inverted_and_again_restored(arena: Path) -> None:
    slot = committed_slots(arena)[0]
    flip_byte(arena, slot)
    payload = arena.read_bytes()[slot.offset : slot.offset + slot.payload_bytes]
    assert [i for i, byte in enumerate(payload) if byte] == [2500]
    flip_byte(arena, slot)
    assert not any(arena.read_bytes())
