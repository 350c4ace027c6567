# SPDX-License-Identifier: Apache-2.0
"""Loads that are certain: from the engine's allocation until every rank has reported."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from moonpool.client.events import LeasedGroup
from moonpool.protocol.layout import ENTRY
from moonpool.vllm.groups import GroupPlan, StoredGroup
from moonpool.vllm.plan import BLOCK_ID, Blocks, Load
from moonpool.vllm.scheduler.lease import Lease, LeaseEvent
from moonpool.vllm.scheduler.lookups import bid_farewell
from moonpool.vllm.scheduler.request import Promise, TrackedRequest

NULL_BLOCK = 0


@dataclass(slots=True)
class Flight:
    """A load on its way. `step` is unknown until it is in a step's metadata."""

    lease: Lease
    load: Load
    step: int | None = None


class Loads:
    """Owns every lease from the allocation to its release."""

    def __init__(self, session: Any, plan: GroupPlan) -> None:
        self._session = session
        self._plan = plan
        self._planned: list[Load] = []
        self._flights: dict[int, Flight] = {}

    def start(
        self,
        tracked: TrackedRequest,
        lease: Lease,
        promise: Promise,
        block_ids: tuple[list[int], ...],
        tokens: int,
    ) -> None:
        """Turn a lease into this step's load."""
        end = promise.local_tokens + tokens
        parts = _parts(self._plan, lease, block_ids, promise.local_tokens, end)
        load = Load(lease.job, tracked.request_id, promise.asynchronous, parts)
        self._planned.append(load)
        self._flights[lease.job] = Flight(lease, load)

    def dispatch(self, step: int) -> list[Load]:
        """This step's loads, for its metadata."""
        planned, self._planned = self._planned, []
        for load in planned:
            flight = self._flights[load.job]
            flight.lease.apply(LeaseEvent.DISPATCHED)
            flight.step = step
        return planned

    def reported(self, job: int) -> bool:
        """Every rank is done with the job, if it is a load."""
        flight = self._flights.pop(job, None)
        if flight is not None:
            bid_farewell(self._session, job, flight.lease.apply(LeaseEvent.REPORTED))
        return flight is not None

    def __contains__(self, job: int) -> bool:
        return job in self._flights

    def request_of(self, job: int) -> str:
        """Whose load it is."""
        return self._flights[job].load.request_id

    def oldest_sync_step(self) -> int | None:
        """The first step with a synchronous load whose outcome is not known yet."""
        steps = [
            f.step for f in self._flights.values() if not f.load.asynchronous and f.step is not None
        ]
        return min(steps, default=None)

    @property
    def held(self) -> int:
        return len(self._flights)


def _parts(
    plan: GroupPlan, lease: Lease, block_ids: tuple[list[int], ...], start: int, end: int
) -> tuple[Blocks, ...]:
    """The leased blocks between two boundaries, less those without an engine block."""
    parts, at = [], 0
    for leased in lease.groups:
        size = leased.block_count * plan.shard_counts[leased.group] * ENTRY.itemsize
        entries = np.frombuffer(lease.entries, np.uint8, size, at).reshape(leased.block_count, -1)
        at += size
        group = plan.groups[leased.group]
        parts.append(_part(plan, group, leased, entries, block_ids[group.engine_group], start, end))
    return tuple(part for part in parts if part.ids)


def _part(
    plan: GroupPlan,
    group: StoredGroup,
    leased: LeasedGroup,
    entries: npt.NDArray[np.uint8],
    table: list[int],
    start: int,
    end: int,
) -> Blocks:
    first, last = _needed(plan, group, start, end)
    covered = leased.first_block <= first and last <= leased.first_block + leased.block_count
    assert covered, (
        f"lease does not cover the load: group={group.index}, leased={leased}, "
        f"needed={first}..{last}"
    )
    ids = np.asarray(table[first:last], BLOCK_ID)
    kept = ids != NULL_BLOCK
    assert len(ids) == last - first, (
        f"block table too short: group={group.index}, blocks={len(table)}, needed={last}"
    )
    rows = entries[first - leased.first_block : last - leased.first_block]
    return Blocks(group.index, ids[kept].tobytes(), rows[kept].tobytes())


def _needed(plan: GroupPlan, group: StoredGroup, start: int, end: int) -> tuple[int, int]:
    """The blocks that the token after the boundary `end` can see, and that the engine does not have
    itself.
    """
    first, last = group.blocks(start), group.blocks(end)
    if not group.window_blocks:
        return first, last
    window = group.window_blocks - plan.drop_tokens // group.block_tokens
    return max(first, last - window), last
