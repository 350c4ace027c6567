# SPDX-License-Identifier: Apache-2.0
"""Reads a scheduled step: which requests complete which blocks, and offers those to the pool."""

from collections.abc import Iterator
from typing import Any

from moonpool.vllm.config import Settings
from moonpool.vllm.groups import GroupPlan, StoredGroup
from moonpool.vllm.scheduler.known import KnownKeys
from moonpool.vllm.scheduler.kv_events import KvEvents
from moonpool.vllm.scheduler.offers import runs
from moonpool.vllm.scheduler.pins import BlockPins
from moonpool.vllm.scheduler.request import TrackedRequest
from moonpool.vllm.scheduler.saves import Saves

Requests = dict[str, TrackedRequest]


class StepReader:
    """A few operations a running request, and more only for blocks that this step completes."""

    def __init__(
        self,
        plan: GroupPlan,
        settings: Settings,
        saves: Saves,
        pins: BlockPins,
        known: KnownKeys,
        events: KvEvents,
    ) -> None:
        self._plan = plan
        self._settings = settings
        self._saves = saves
        self._pins = pins
        self._known = known
        self._events = events

    def note_preempted(self, output: Any, requests: Requests) -> None:
        """A preempted request lost its blocks; when it comes back, all its tokens so far are its
        prompt.
        """
        for request_id in getattr(output, "preempted_req_ids", None) or ():
            if not self._pins.bound:
                self._saves.taint_request(request_id)
            tracked = requests.get(request_id)
            if tracked is not None:
                tracked.rewind()
                tracked.tables = None
                tracked.prefill_tokens = tracked.request.num_tokens

    def read(self, output: Any, requests: Requests, step: int) -> None:
        """Offer every block that is full after this step and was not offered before."""
        state = getattr(output, "kv_connector_block_state", None)
        if state is None:
            self._mirror(output, requests)
        if not self._settings.saves or not self._saves.open or not self._can_hold_blocks():
            return
        for request_id, computed in _scheduled(output):
            tracked = requests.get(request_id)
            if tracked is None or tracked.unsaveable:
                continue
            end = computed + output.num_scheduled_tokens[request_id]
            if not self._offer_request(tracked, state, computed, end, step):
                return

    def _can_hold_blocks(self) -> bool:
        """Without references a window's blocks may go at any step: then they are not saved."""
        return self._pins.bound or self._plan.single

    def _offer_request(
        self, tracked: TrackedRequest, state: Any, computed: int, end: int, step: int
    ) -> bool:
        if not self._settings.save_decode_cache:
            end = min(end, tracked.prefill_tokens)
        tables: Any = None
        for index, group in enumerate(self._plan.groups):
            if group.blocks(end) <= tracked.saved[index]:
                continue
            tracked.hashes.take(tracked.request.block_hashes)
            last = min(group.blocks(end), tracked.hashes.blocks(group))
            first = self._first_unknown(tracked, group, computed)
            if first < last:
                tables = tables or self._tables(tracked, state)
                if tables is None or not self._offer(
                    tracked, group, tables[group.engine_group], first, last, step
                ):
                    return tables is None
            tracked.saved[index] = max(last, first)
        return True

    def _offer(
        self,
        tracked: TrackedRequest,
        group: StoredGroup,
        table: list[int],
        first: int,
        last: int,
        step: int,
    ) -> bool:
        for run in runs(group, self._plan, table, first, last):
            event = self._events.stored(tracked, group, run)
            if not self._saves.offer(tracked, group, run, step, event):
                return False
        return True

    def _first_unknown(self, tracked: TrackedRequest, group: StoredGroup, computed: int) -> int:
        """After what was offered, and after a local hit that the pool had a moment ago."""
        first = tracked.saved[group.index]
        if not self._settings.saves_prompts:
            return max(first, -(-tracked.prefill_tokens // group.block_tokens))
        local = group.blocks(computed)
        if not first < local <= tracked.hashes.blocks(group):
            return first
        known = self._known.has(group.index, tracked.hashes.run_one(group, local - 1))
        return local if known else first

    def _tables(self, tracked: TrackedRequest, state: Any) -> Any:
        if state is None:
            return tracked.tables
        return state.get_block_ids(tracked.request_id)

    def _mirror(self, output: Any, requests: Requests) -> None:
        """Engines that do not show their block tables tell what is added to them."""
        for new in output.scheduled_new_reqs:
            if new.req_id in requests:
                requests[new.req_id].tables = [list(ids) for ids in new.block_ids]
        cached = output.scheduled_cached_reqs
        for request_id, added in zip(cached.req_ids, cached.new_block_ids, strict=True):
            tracked = requests.get(request_id)
            if tracked is None or added is None:
                continue
            if tracked.tables is None or request_id in _resumed(cached):
                tracked.tables = [list(ids) for ids in added]
            else:
                for table, ids in zip(tracked.tables, added, strict=True):
                    table.extend(ids)


def _scheduled(output: Any) -> Iterator[tuple[str, int]]:
    """(request id, tokens computed before this step) of everything in the step."""
    for new in output.scheduled_new_reqs:
        yield new.req_id, new.num_computed_tokens
    cached = output.scheduled_cached_reqs
    yield from zip(cached.req_ids, cached.num_computed_tokens, strict=True)


def _resumed(cached: Any) -> Any:
    """Ids of requests that come back after a preemption; older engines have a flag for each
    instead.
    """
    if hasattr(cached, "resumed_req_ids"):
        return cached.resumed_req_ids
    return {
        i
        for i, resumed in zip(cached.req_ids, cached.resumed_from_preemption, strict=True)
        if resumed
    }
