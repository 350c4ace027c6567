# SPDX-License-Identifier: Apache-2.0
"""Makes a failed synchronous load harmless to every request that reads its blocks.

vLLM rewinds the requests of the failed step, but of several that share a block only the first: the
others are to find it computed anew, and compute on bad bytes if the first is aborted before that.
With overlapping steps (asynchronous scheduling) the next step was dispatched before, computed on
the same blocks, and its output would be taken. Here every reader is rewound, and what is under way
is treated as vLLM treats it for requests that it preempts.
"""

from collections.abc import Iterable
from typing import Any

from moonpool.vllm.scheduler.request import TrackedRequest

FIELDS = (
    "num_in_flight_tokens",
    "num_stale_output_tokens",
    "drop_stale_output",
    "num_output_placeholders",
)
READERS = ("RUNNING", "WAITING_FOR_REMOTE_KVS")


class Repair:
    """Needs the engine's block tables, and with overlapping steps the fields by which it discards
    outputs; without them nothing loads in step.
    """

    def __init__(self, overlapping: bool) -> None:
        self._overlapping = overlapping
        self._manager: Any = None

    def bind(self, manager: Any) -> None:
        self._manager = manager

    def possible(self, request: Any) -> bool:
        """Whether a load in step could be undone for this request."""
        fields = FIELDS if self._overlapping else ()
        return self._manager is not None and all(hasattr(request, field) for field in fields)

    def undo(
        self, requests: Iterable[TrackedRequest], invalid_blocks: set[int], block_tokens: int
    ) -> None:
        """Rewind every request that reads one of the blocks, and discard its output to come."""
        if self._manager is None:
            return
        for tracked in requests:
            if tracked.request.status.name not in READERS:
                continue
            (table,) = self._manager.get_block_ids(tracked.request_id)
            first = next((i for i, block in enumerate(table) if block in invalid_blocks), None)
            if first is not None:
                self._rewind(tracked.request, first * block_tokens)

    def _rewind(self, request: Any, tokens: int) -> None:
        request.num_computed_tokens = min(request.num_computed_tokens, tokens)
        if self._overlapping and request.num_in_flight_tokens:
            request.drop_stale_output = True
            request.num_stale_output_tokens = request.num_in_flight_tokens
            request.num_output_placeholders = 0
