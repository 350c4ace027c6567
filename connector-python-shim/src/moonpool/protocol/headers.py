# SPDX-License-Identifier: Apache-2.0
"""The header table as numpy sees it (docs/spec/01-files.md). Read-only; the sidecar alone writes
it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from moonpool.protocol.layout import LAYOUT_VERSION, Headers


class HeaderTable:
    """The words of all slots, as an array that follows the file.

    An aligned load of 8 bytes is one plain move, an acquire load on x86-64; numpy's gather makes
    nothing else of it.
    """

    def __init__(self, file: memoryview) -> None:
        fields = Headers.FIRST_FIELDS.unpack_from(file)
        magic, version, header_bytes, boot_id, boot_count, slab_count, slab_bytes, per_slab, _ = (
            fields
        )
        if (magic, version, header_bytes) != (Headers.MAGIC, LAYOUT_VERSION, Headers.HEADER_BYTES):
            raise ValueError(
                f"not a header table of layout {LAYOUT_VERSION}: magic={magic!r}, "
                f"layoutVersion={version}, headerBytes={header_bytes}"
            )
        start = Headers.offset(slab_count)
        count = slab_count * per_slab
        if start + count * Headers.HEADER_BYTES > file.nbytes:
            raise ValueError(
                f"header table longer than its file: slots={count}, bytes={file.nbytes}"
            )
        self.boot_id: Final[bytes] = boot_id
        self.boot_count: Final[int] = boot_count
        self.slab_bytes: Final[int] = slab_bytes
        self.slot_count: Final[int] = count
        longs = np.frombuffer(file, dtype="<u8", offset=start, count=count * 32)
        self._words = longs.reshape(count, 32)[:, Headers.WORD]

    def words(self, slots: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
        """The words of these slots now; 0, which no entry shows, for a slot beyond the table."""
        if slots.size and int(slots.max()) >= self.slot_count:
            known = slots < self.slot_count
            words = np.zeros(slots.shape, dtype=np.uint64)
            words[known] = self._words[slots[known]]
            return words
        return self._words[slots]
