# SPDX-License-Identifier: Apache-2.0
"""Makes a failed synchronous load harmless while further steps are already on their way.

vLLM drops the output of the failed step and rewinds the request, but with overlapping steps
(asynchronous scheduling)
the next step was dispatched before, computed on the same blocks, and its output would be taken.
What vLLM does to
requests that it preempts under way is done here to those that read failed blocks.
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


class Repair:
    """Needs the engine's block tables and the fields by which it discards outputs; without them
    nothing loads in step.
    """

    def __init__(self, overlapping: bool) -> None:
        self._overlapping = overlapping
        self._manager: Any = None

    def bind(self, manager: Any) -> None:
        self._manager = manager

    def possible(self, request: Any) -> bool:
        """Whether a load in step could be undone for this request."""
        if not self._overlapping:
            return True
        return self._manager is not None and all(hasattr(request, field) for field in FIELDS)

    def undo(
        self, requests: Iterable[TrackedRequest], invalid_blocks: set[int], block_tokens: int
    ) -> None:
        """Rewind every request that reads one of the blocks, and discard its output to come."""
        if not self._overlapping or self._manager is None or not invalid_blocks:
            return
        for tracked in requests:
            if tracked.request.status.name != "RUNNING":
                continue
            (table,) = self._manager.get_block_ids(tracked.request_id)
            first = next((i for i, block in enumerate(table) if block in invalid_blocks), None)
            if first is not None:
                self._rewind(tracked.request, first * block_tokens)

    @staticmethod
    def _rewind(request: Any, tokens: int) -> None:
        request.num_computed_tokens = min(request.num_computed_tokens, tokens)
        request.drop_stale_output = True
        request.num_stale_output_tokens = request.num_in_flight_tokens
        request.num_output_placeholders = 0
