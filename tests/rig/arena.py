"""Reads a sidecar's header table by docs/spec/01-files.md, and spoils a byte of its arena on
purpose.
"""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HEADERS_MAGIC = b"MPHEADR1"
PAGE_BYTES = 4096
ARENA_TABLE_OFFSET = 64
SLAB_ROW_BYTES = 16
HEADER_BYTES = 256
COMMITTED = 2


@dataclass(frozen=True)
class Slot:
    """A committed slot: where its payload is in the tenant's arena file, and what it holds."""

    number: int
    offset: int
    payload_bytes: int
    block_hash: bytes
    namespace: bytes
    group: int
    position: int
    shard: int


def committed_slots(arena: Path) -> list[Slot]:
    """The committed slots of the arena file of the only, or the default, tenant."""
    table = _find_headers(arena.parent)
    with table.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
        return list(_read(memory))


def flip_byte(arena: Path, slot: Slot, at: int | None = None) -> None:
    """Invert one payload byte of a slot: the middle one unless told."""
    index = slot.payload_bytes // 2 if at is None else at
    with arena.open("r+b") as file:
        file.seek(slot.offset + index)
        byte = file.read(1)[0]
        file.seek(slot.offset + index)
        file.write(bytes([byte ^ 0xFF]))


def _find_headers(folder: Path) -> Path:
    for path in sorted(folder.iterdir()):
        if path.is_file() and _begins_with_magic(path):
            return path
    raise FileNotFoundError(f"no header table (magic {HEADERS_MAGIC.decode()}) in {folder}")


def _begins_with_magic(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(HEADERS_MAGIC)) == HEADERS_MAGIC


def _read(table: mmap.mmap) -> Iterator[Slot]:
    slab_count, slab_bytes, headers_per_slab, _ = struct.unpack_from("<IQII", table, 36)
    headers = PAGE_BYTES + -(-SLAB_ROW_BYTES * slab_count // PAGE_BYTES) * PAGE_BYTES
    slab_first, arena_slabs = struct.unpack_from("<II", table, ARENA_TABLE_OFFSET + 40)
    for slab in range(slab_first, slab_first + arena_slabs):
        stride = PAGE_BYTES * struct.unpack_from("<I", table, PAGE_BYTES + SLAB_ROW_BYTES * slab)[0]
        for index in range(slab_bytes // stride if stride else 0):
            number = slab * headers_per_slab + index
            offset = (slab - slab_first) * slab_bytes + index * stride
            slot = _slot(table, headers + number * HEADER_BYTES, number, offset)
            if slot is not None:
                yield slot


def _slot(table: mmap.mmap, header: int, number: int, offset: int) -> Slot | None:
    word, _, _, length = struct.unpack_from("<QQQQ", table, header)
    if word & 0xFF != COMMITTED:
        return None
    namespace, block_hash = struct.unpack_from("<32s32s", table, header + 32)
    position, group, shard = struct.unpack_from("<IHH", table, header + 132)
    hash_bytes = table[header + 142]
    return Slot(
        number=number,
        offset=offset,
        payload_bytes=length,
        block_hash=block_hash[:hash_bytes],
        namespace=namespace,
        group=group,
        position=position,
        shard=shard,
    )
