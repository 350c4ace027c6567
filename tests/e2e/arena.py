"""The sidecar's shared files read from outside, by docs/spec/01-files.md alone: what is stored, and
is it whole?

The reader opens the files by their names, which only the sidecar's own user can. It can therefore
also do what no client can: change a payload together with its checksum.
"""

import hashlib
import mmap
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from e2e.crc32c import crc32c_rows

MAGIC = b"MPHEADR1"
PAGE_BYTES = 4096
FREE, RESERVED, COMMITTED, CORRUPT = range(4)
FULL, WINDOW = 1, 2

BOOT = np.dtype(
    {
        "names": ["boot_count", "slab_count", "slab_bytes", "headers_per_slab", "arena_count"],
        "formats": ["<u4", "<u4", "<u8", "<u4", "<u4"],
        "offsets": [32, 36, 40, 48, 52],
        "itemsize": 64,
    }
)
ARENA = np.dtype(
    [("tenant", "S40"), ("slab_first", "<u4"), ("slab_count", "<u4"), ("file_id", "V16")]
)
SLAB = np.dtype([("stride_pages", "<u4"), ("reserved", "V12")])
HEADER_FIELDS = {
    "word": ("<u8", 0),
    "pinned_by": ("<u8", 8),
    "epoch": ("<u8", 16),
    "length": ("<u8", 24),
    "digest": ("V32", 32),
    "hash": ("V32", 64),
    "crc32c": ("<u4", 128),
    "position": ("<u4", 132),
    "group": ("<u2", 136),
    "shard": ("<u2", 138),
    "hash_bytes": ("u1", 142),
    "kind": ("u1", 143),
    "object": ("<u8", 160),
}
HEADER = np.dtype(
    {
        "names": list(HEADER_FIELDS),
        "formats": [form for form, _ in HEADER_FIELDS.values()],
        "offsets": [offset for _, offset in HEADER_FIELDS.values()],
        "itemsize": 256,
    }
)
CHECKED = np.dtype(
    [
        ("digest", "V32"), ("hash", "V32"), ("epoch", "<u8"), ("group", "<u2"), ("shard", "<u2"),
        ("generation", "<u8"), ("length", "<u8"),
    ]
)  # fmt: skip

Array = NDArray[np.void]


@dataclass(frozen=True)
class Slot:
    """A copy of one slot's header, and where its payload is."""

    number: int
    offset: int
    header: np.void

    @property
    def state(self) -> int:
        return int(self.header["word"]) & 0xFF

    @property
    def generation(self) -> int:
        return int(self.header["word"]) >> 8

    @property
    def hash(self) -> bytes:
        return bytes(self.header["hash"].tobytes()[: int(self.header["hash_bytes"])])

    @property
    def key(self) -> str:
        """As the engine probe names a block: its group, and its hash in hex."""
        return f"{self.header['group']}:{self.hash.hex()}"

    def checked_prefix(self) -> bytes:
        """What the checksum covers before the payload."""
        row = np.zeros(1, CHECKED)
        for name in ("digest", "hash", "epoch", "group", "shard", "length"):
            row[name] = self.header[name]
        row["generation"] = self.generation
        return row.tobytes()


class ArenaReader:
    """One tenant's arena and the header table of its host."""

    def __init__(self, arena: Path, tenant: str = "default") -> None:
        self.path = arena
        self.header_path = _header_table_beside(arena)
        self.tenant = tenant
        with self.header_path.open("rb") as file:
            self._table = np.frombuffer(
                mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), np.uint8
            )

    @cached_property
    def boot(self) -> np.void:
        return np.void(self._view(BOOT, 0, 1)[0])

    @cached_property
    def arena(self) -> np.void:
        records = self._view(ARENA, 64, int(self.boot["arena_count"]))
        return np.void(next(r for r in records if r["tenant"].decode() == self.tenant))

    def slots(self, *states: int) -> list[Slot]:
        """All slots in one of these states, whole headers only: the word is the same before and
        after.
        """
        return [slot for slot in self._scan() if slot.state in states]

    def committed(self) -> list[Slot]:
        return self.slots(COMMITTED)

    def payload(self, slot: Slot) -> bytes:
        with self.path.open("rb") as file:
            return os.pread(file.fileno(), int(slot.header["length"]), slot.offset)

    def overwrite(self, slot: Slot, payload: bytes) -> None:
        """As a faulty client would: the checksum no longer fits."""
        with self.path.open("r+b") as file:
            os.pwrite(file.fileno(), payload, slot.offset)

    def flip_byte(self, slot: Slot, at: int = 0) -> None:
        payload = bytearray(self.payload(slot))
        payload[at] ^= 0x40
        self.overwrite(slot, bytes(payload))

    def forge(self, slot: Slot, payload: bytes) -> None:
        """Other bytes under a checksum that fits them: what verification can't see, and the answers
        must show.
        """
        self.overwrite(slot, payload)
        checksum = _checksums([slot], [payload])[0]
        place = self._headers_offset + slot.number * HEADER.itemsize + HEADER_FIELDS["crc32c"][1]
        with self.header_path.open("r+b") as file:
            os.pwrite(file.fileno(), int(checksum).to_bytes(4, "little"), place)

    def sha256(self, slot: Slot) -> str:
        return hashlib.sha256(self.payload(slot)).hexdigest()

    def spoiled(self) -> list[Slot]:
        """Committed slots whose payload does not match its checksum, by this reader's own
        arithmetic.
        """
        slots = self.committed()
        by_length: dict[int, list[Slot]] = {}
        for slot in slots:
            by_length.setdefault(int(slot.header["length"]), []).append(slot)
        return [slot for same in by_length.values() for slot in self._spoiled_of(same)]

    def _spoiled_of(self, slots: Sequence[Slot], batch: int = 32) -> Iterator[Slot]:
        for start in range(0, len(slots), batch):
            part = slots[start : start + batch]
            sums = _checksums(part, [self.payload(slot) for slot in part])
            yield from (s for s, crc in zip(part, sums, strict=True) if crc != s.header["crc32c"])

    @cached_property
    def _headers_offset(self) -> int:
        slab_table = SLAB.itemsize * int(self.boot["slab_count"])
        return PAGE_BYTES + -(-slab_table // PAGE_BYTES) * PAGE_BYTES

    def _scan(self) -> Iterator[Slot]:
        slab_bytes, per_slab = int(self.boot["slab_bytes"]), int(self.boot["headers_per_slab"])
        strides = self._view(SLAB, PAGE_BYTES, int(self.boot["slab_count"]))["stride_pages"]
        first, count = int(self.arena["slab_first"]), int(self.arena["slab_count"])
        for slab in range(first, first + count):
            stride = int(strides[slab]) * PAGE_BYTES
            if stride:
                base = (slab - first) * slab_bytes
                yield from self._scan_slab(slab * per_slab, slab_bytes // stride, base, stride)

    def _scan_slab(self, first: int, count: int, base: int, stride: int) -> Iterator[Slot]:
        live = self._view(HEADER, self._headers_offset + first * HEADER.itemsize, count)
        copies = live.copy()
        whole = live["word"] == copies["word"]
        for index in np.flatnonzero(whole & (copies["word"] & 0xFF != FREE)):
            yield Slot(first + int(index), base + int(index) * stride, np.void(copies[index]))

    def _view(self, dtype: np.dtype[np.void], offset: int, count: int) -> Array:
        return self._table[offset : offset + count * dtype.itemsize].view(dtype)


def _header_table_beside(arena: Path) -> Path:
    for path in sorted(arena.parent.iterdir()):
        if path.is_file():
            with path.open("rb") as file:
                if file.read(len(MAGIC)) == MAGIC:
                    return path
    raise FileNotFoundError(f"no header table (magic {MAGIC!r}) beside {arena}")


def _checksums(slots: Sequence[Slot], payloads: Sequence[bytes]) -> NDArray[np.uint32]:
    prefixes = np.frombuffer(b"".join(slot.checked_prefix() for slot in slots), np.uint8)
    rows = np.frombuffer(b"".join(payloads), np.uint8)
    return crc32c_rows(prefixes.reshape(len(slots), -1), rows.reshape(len(slots), -1))
