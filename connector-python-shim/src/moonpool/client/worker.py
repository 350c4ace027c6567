# SPDX-License-Identifier: Apache-2.0
"""A worker's end of a session: the arena, the header words, and the promise that nothing moves
under a copy.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from types import TracebackType
from typing import Final

import numpy as np
import numpy.typing as npt

from moonpool.client.arena import Arena, ArenaMapping
from moonpool.client.attachment import Attachment, Resume
from moonpool.client.link import CopiesRunning, Link
from moonpool.client.notices import Log
from moonpool.client.spec import AttachSpec
from moonpool.protocol.headers import HeaderTable

__all__ = ["Arena", "WorkerSession"]

_GATE_SECONDS: Final = 1.0
_GATE_LOOK_SECONDS: Final = 0.002


@dataclass(frozen=True, slots=True)
class _View:
    """What copies use; replaced whole, and only while none runs."""

    mapping: ArenaMapping
    headers: HeaderTable


class CopyGate:
    """Counts running copies. While one runs the view stands; while it is closed there is no view to
    begin one with.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._closed = False
        self._view: _View | None = None

    def __enter__(self) -> Arena | None:
        with self._lock:
            self._running += 1
        view = self.view
        return view.mapping.arena if view else None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._running -= 1

    @property
    def view(self) -> _View | None:
        """What a copy may use now."""
        return None if self._closed else self._view

    def close(self) -> bool:
        """True when no copy runs, and none can begin until `open`."""
        with self._lock:
            if self._running:
                return False
            self._closed = True
            return True

    def open(self) -> None:
        self._closed = False

    def replace(self, view: _View) -> _View | None:
        """While closed: the view that was."""
        previous, self._view = self._view, view
        return previous


class WorkerSession:
    """The worker's half of a session. Any thread may copy; nothing here blocks, and nothing raises.

    A worker attaches again, and unmaps, only between copies: `with session.copying() as arena:`
    holds that off. Inside, `arena` is None when this copy can't be made. Compare `arena.file_id`
    with the `arena_id` of the answer that named the slots, check `words` against the entries before
    the copy and again when it is complete, all inside.
    """

    def __init__(
        self,
        spec: AttachSpec,
        *,
        socket_path: str,
        log: Log,
        autostart: bool = False,
        command: str | None = None,
        before_unmap: Callable[[Arena], None] | None = None,
    ) -> None:
        self._log = log
        self._gate = CopyGate()
        self._before_unmap = before_unmap
        self._prefaulting: ArenaMapping | None = None
        self._link = Link(self, spec, socket_path, log, autostart=autostart, command=command)

    def start(self) -> None:
        """Starts the attach thread and returns. Call it in the process that copies, never before a
        fork.
        """
        self._link.start()

    @property
    def arena(self) -> Arena | None:
        """The arena, or None. Good inside `copying` only."""
        if self._link.foreign:
            return None
        view = self._gate.view
        return view.mapping.arena if view else None

    def words(self, slots: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
        """The header words of these slots as they are now; 0, which no entry shows, where there is
        none.
        """
        view = self._gate.view
        if view is None or self._link.foreign:
            return np.zeros(slots.shape, dtype=np.uint64)
        return view.headers.words(slots)

    def copying(self) -> AbstractContextManager[Arena | None]:
        """While inside, nothing is unmapped and the process does not attach again."""
        return nullcontext() if self._link.foreign else self._gate

    @property
    def counters(self) -> dict[str, int]:
        """Counts since the start of the process."""
        return self._link.counters()

    def close(self) -> None:
        """Ends the session in good order; waits half a second at most."""
        self._link.close()

    @contextmanager
    def attaching(self) -> Iterator[Resume]:
        """On the attach thread: from here to the end no copy runs."""
        deadline = time.monotonic() + _GATE_SECONDS
        while not self._gate.close():
            if time.monotonic() > deadline:
                raise CopiesRunning
            time.sleep(_GATE_LOOK_SECONDS)
        try:
            yield Resume()
        finally:
            self._gate.open()

    def ready(self, attachment: Attachment) -> None:
        """On the attach thread, inside `attaching`."""
        mapping, headers = attachment.arena, attachment.headers
        if mapping is None or headers is None:
            raise ValueError("a worker's attachment has an arena and a header table")
        previous = self._gate.replace(_View(mapping, headers))
        if previous is None or previous.mapping is not mapping:
            self._prefaulting = mapping
        if previous is not None and previous.mapping is not mapping:
            self._unmap(previous.mapping)

    def _unmap(self, mapping: ArenaMapping) -> None:
        try:
            if self._before_unmap is not None:
                self._before_unmap(mapping.arena)
        except Exception:
            self._log.exception("Moonpool: before_unmap failed; the arena is unmapped all the same")
        mapping.unmap()

    def background(self) -> bool:
        """On the attach thread: one slice of pre-faulting."""
        if self._prefaulting is None:
            return False
        if not self._prefaulting.prefault():
            self._prefaulting = None
        return self._prefaulting is not None
