# SPDX-License-Identifier: Apache-2.0
"""The arena in a worker's address space, by raw address."""

from __future__ import annotations

from dataclasses import dataclass

from moonpool.protocol import mapping

PREFAULT_SLICE_BYTES = 64 << 20
_TOUCH_SLICE_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Arena:
    """Where the arena is mapped. Good inside `WorkerSession.copying()` only."""

    address: int
    nbytes: int
    file_id: bytes


class ArenaMapping:
    """One shared mapping of an arena file. The attach thread owns it."""

    def __init__(self, descriptor: int, nbytes: int, file_id: bytes) -> None:
        address = mapping.map_address(descriptor, nbytes, writable=True)
        self.arena = Arena(address, nbytes, file_id)
        self._ready = 0
        self._populate = True

    def prefault(self) -> bool:
        """Makes the pages of one more slice present; False when all are."""
        arena = self.arena
        left = arena.nbytes - self._ready
        if left <= 0:
            return False
        slice_bytes = min(left, PREFAULT_SLICE_BYTES if self._populate else _TOUCH_SLICE_BYTES)
        address = arena.address + self._ready
        if self._populate:
            self._populate = mapping.populate(address, slice_bytes, writable=True)
        if not self._populate:
            slice_bytes = min(slice_bytes, _TOUCH_SLICE_BYTES)
            mapping.touch(address, slice_bytes)
        self._ready += slice_bytes
        return self._ready < arena.nbytes

    def unmap(self) -> None:
        mapping.unmap_address(self.arena.address, self.arena.nbytes)
