# SPDX-License-Identifier: Apache-2.0
"""The session file as its client sees it: rings, lease cells, heartbeat (docs/spec/01-files.md).

The first page is read once and checked against the file's length; a file that contradicts itself is
refused.
"""

from __future__ import annotations

from typing import Final

from moonpool.protocol.layout import LAYOUT_VERSION, Ring, Session


class SessionFile:
    """One mapped session file; views of it keep it mapped."""

    def __init__(self, file: memoryview) -> None:
        fields = Session.FIRST_FIELDS.unpack_from(file)
        magic, version, role, session_id = fields[:4]
        if (magic, version) != (Session.MAGIC, LAYOUT_VERSION):
            raise ValueError(
                f"not a session file of layout {LAYOUT_VERSION}: magic={magic!r}, version={version}"
            )
        self.file: Final = file
        self.role: Final[int] = role
        self.session_id: Final[int] = session_id
        self.boot_id: Final[bytes] = fields[10]
        self._requests = fields[4], fields[5]
        self._completions = fields[6], fields[7]
        cells_offset, self.cell_count = fields[8], fields[9]
        end = cells_offset + self.cell_count * Session.CELL_BYTES
        if self.cell_count > Session.CELL_COUNT_MAX or end > file.nbytes or cells_offset % 8:
            raise ValueError(
                f"lease cells outside the file: offset={cells_offset}, count={self.cell_count}"
            )
        self._cells = file[cells_offset:end].cast("Q")
        self._heartbeat = file[Session.HEARTBEAT : Session.HEARTBEAT + 8].cast("Q")

    @property
    def request_capacity(self) -> int:
        return int(self._requests[1])

    @property
    def completion_capacity(self) -> int:
        return int(self._completions[1])

    def requests(self) -> memoryview:
        """The request ring with its trailer."""
        return self._ring("requestRing", *self._requests)

    def completions(self) -> memoryview:
        """The completion ring with its trailer."""
        return self._ring("completionRing", *self._completions)

    def heartbeat(self) -> int:
        """A counter that moves while the sidecar turns."""
        return self._heartbeat[0]

    def mark(self, cell: int, job: int) -> int | None:
        """The lease cell's mark, or None when the cell is not (or no longer) the job's."""
        if not 0 <= cell < self.cell_count:
            return None
        index = cell * (Session.CELL_BYTES // 8)
        mark = self._cells[index + Session.CELL_MARK // 8]
        if self._cells[index + Session.CELL_JOB // 8] != job:
            return None
        return mark

    def _ring(self, name: str, offset: int, capacity: int) -> memoryview:
        end = offset + capacity + Ring.TRAILER_BYTES
        if not capacity or offset % 8 or end > self.file.nbytes:
            raise ValueError(f"{name} outside the file: offset={offset}, capacity={capacity}")
        return self.file[offset:end]
