# SPDX-License-Identifier: Apache-2.0
"""Asynchronous loads: in order, on a thread of their own where the copy is the processor's work."""

import queue
import threading
from collections.abc import Callable

from moonpool.vllm.plan import Load
from moonpool.vllm.worker.transfer import Transfer, Transfers


class Loader:
    """One daemon thread, started with the first load. Every load handed in comes out exactly once,
    also when it fails.
    """

    def __init__(
        self, transfers: Transfers, on_error: Callable[[Load, BaseException], Transfer]
    ) -> None:
        self._transfers = transfers
        self._on_error = on_error
        self._waiting: queue.SimpleQueue[Load | None] = queue.SimpleQueue()
        self._finished: queue.SimpleQueue[Transfer] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def submit(self, load: Load) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="moonpool-loader", daemon=True)
            self._thread.start()
        self._waiting.put(load)

    def take(self) -> list[Transfer]:
        """What has ended since the last call. Never blocks."""
        return [self._finished.get_nowait() for _ in range(self._finished.qsize())]

    def close(self) -> None:
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while (load := self._waiting.get()) is not None:
            try:
                transfer = self._transfers.start_load(load)
                self._transfers.finish(transfer)
            except (
                BaseException
            ) as error:  # the engine must learn of every load, whatever happened to it
                transfer = self._on_error(load, error)
            self._finished.put(transfer)
