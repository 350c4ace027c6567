# SPDX-License-Identifier: Apache-2.0
"""Answers "how much of this prompt is in the pool?" without ever waiting for the sidecar."""

from collections.abc import Callable
from typing import Any

import numpy as np

from moonpool.client.events import LookupAnswered, LookupStaged, LookupStatus, MarkState
from moonpool.protocol.layout import ENTRY
from moonpool.vllm.config import Settings
from moonpool.vllm.groups import GroupPlan
from moonpool.vllm.metrics import StoreStats
from moonpool.vllm.scheduler.lease import Farewell, Lease, LeaseEvent, LeaseState
from moonpool.vllm.scheduler.repair import Repair
from moonpool.vllm.scheduler.request import Promise, TrackedRequest

# An answer of "nothing" holds this long for a request that keeps waiting; then the pool may know
# more.
SETTLED_S = 1.0
# With nothing running, a step that finds no answer costs the engine a sleep of 1 ms: worth a short
# wait.
IDLE_WAIT_S = 200e-6
# While bytes are fetched or verified, such steps would take the processor from who does it.
IDLE_WORK_WAIT_S = 1e-3
# A slow answer or verification is waited for so much longer while the sidecar's heart beats.
ANSWER_WAIT_S = 0.2
VERIFY_WAIT_S = 1.0
# A mark that moves is given that again and again, until so long after the question.
VERIFY_PATIENCE_S = 5.0
# A virtual machine's processor may stand still for so long, and the sidecar with it.
VERIFY_SILENCE_S = 0.25
# How long a request waits for one of the few leases before it is computed instead.
LEASE_WAIT_S = 1.0

Answer = tuple[int | None, bool]
NOTHING: Answer = (0, False)
NOT_YET: Answer = (None, False)


class Lookups:
    """Owns every lease from the lookup until the engine has allocated blocks for it."""

    def __init__(
        self,
        session: Any,
        plan: GroupPlan,
        settings: Settings,
        stats: StoreStats,
        clock: Callable[[], float],
        pump: Callable[[], None],
        repair: Repair,
    ) -> None:
        self._session = session
        self._plan = plan
        self._settings = settings
        self._stats = stats
        self._clock = clock
        self._pump = pump
        self._repair = repair
        self._owners: dict[int, TrackedRequest] = {}
        self._patient = True

    def prefetch(self, tracked: TrackedRequest) -> None:
        """Raise the recency of everything the prompt could hit, before anybody waits for it."""
        self._pump()  # an idle engine has had no step since the sidecar came or went
        if tracked.bypass or not self._settings.loads or not self._session.usable:
            return
        end = self._longest_hit(tracked)
        if end:
            keys = tracked.hashes.keys(0, end)
            self._session.prefetch(
                keys, local_tokens=0, max_tokens=end, align_tokens=self._plan.align_tokens
            )

    def ask(self, tracked: TrackedRequest, local_tokens: int, idle: bool) -> Answer:
        """Tokens beyond the engine's own hit, and whether they load later; None: ask again."""
        if tracked.bypass or not self._settings.loads:
            return NOTHING
        now = self._clock()
        promise = tracked.promise
        if promise is not None and promise.local_tokens == local_tokens and now < promise.until:
            return promise.tokens, promise.asynchronous
        tracked.promise = None
        if self._longest_hit(tracked) <= local_tokens:
            return self._give_up(tracked, local_tokens, now)
        return self._ask_pool(tracked, local_tokens, now, idle)

    def _ask_pool(
        self, tracked: TrackedRequest, local_tokens: int, now: float, idle: bool
    ) -> Answer:
        if tracked.lease is not None and local_tokens < tracked.lease.local_tokens:
            self.drop(tracked)  # the engine lost blocks that the lease does not cover
        if tracked.lease is None:
            self._pump()
            if not self._request(tracked, local_tokens, now):
                return self._without_lease(tracked, local_tokens, now)
            if idle:
                self._wait_a_little()
        self._pump()
        now = self._clock()
        answer = self._answer(tracked, local_tokens, now)
        if answer == NOT_YET and idle and tracked.lease is not None and tracked.lease.gets_on(now):
            self._session.wait(IDLE_WORK_WAIT_S)
        return answer

    def _request(self, tracked: TrackedRequest, local_tokens: int, now: float) -> bool:
        if len(self._owners) >= self._settings.leases_ahead or not self._session.usable:
            return False
        end = self._longest_hit(tracked)
        keys = tracked.hashes.keys(local_tokens, end)
        align = self._plan.align_tokens
        job = self._session.lookup(
            keys, local_tokens=local_tokens, max_tokens=end, align_tokens=align
        )
        if job is None:
            return False
        deadline = now + self._settings.lookup_deadline_s
        beat = self._session.heartbeat
        latest = deadline + ANSWER_WAIT_S
        tracked.lease = Lease(job, local_tokens, now, deadline, latest, beat, now)
        tracked.waiting_since = None
        self._owners[job] = tracked
        return True

    def _without_lease(self, tracked: TrackedRequest, local_tokens: int, now: float) -> Answer:
        """Either the pool cannot be asked, or the few leases ahead of the queue are taken and come
        free soon.
        """
        if not self._session.usable:
            return self._give_up(tracked, local_tokens, now)
        if tracked.waiting_since is None:
            tracked.waiting_since = now
        if now - tracked.waiting_since < LEASE_WAIT_S:
            return NOT_YET
        return self._give_up(tracked, local_tokens, now)

    def _wait_a_little(self) -> None:
        """Not again until the sidecar has answered, so that a slow one costs this once."""
        if self._patient:
            self._patient = False
            self._session.wait(IDLE_WAIT_S)

    def _answer(self, tracked: TrackedRequest, local_tokens: int, now: float) -> Answer:
        if tracked.lease is None:  # answered with a miss, or lost
            return self._give_up(tracked, local_tokens, now)
        hit_tokens = self._verified_tokens(tracked.lease, now)
        if hit_tokens is None:
            return NOT_YET
        tokens = hit_tokens - self._plan.drop_tokens - local_tokens
        if tokens <= 0:
            return self._give_up(tracked, local_tokens, now)
        tracked.promise = Promise(
            local_tokens, tokens, not self._loads_in_step(tracked, tokens), float("inf")
        )
        return tokens, tracked.promise.asynchronous

    def _give_up(self, tracked: TrackedRequest, local_tokens: int, now: float) -> Answer:
        self.drop(tracked)
        tracked.waiting_since = None
        tracked.promise = Promise(local_tokens, 0, False, now + SETTLED_S)
        return NOTHING

    def _verified_tokens(self, lease: Lease, now: float) -> int | None:
        """How far the hit reaches that may be promised now; None while it may still grow."""
        beat = self._session.heartbeat
        if lease.state is LeaseState.REQUESTED:
            if lease.worth_waiting(now, beat, self._settings.lookup_deadline_s):
                return None
            self._stats.count("lookups_late")
            return 0
        mark = self._session.verified(lease.job)
        if mark.entries * ENTRY.itemsize >= len(lease.entries):
            return lease.hit_tokens
        patient_until = min(now + VERIFY_WAIT_S, lease.asked_at + VERIFY_PATIENCE_S)
        lease.advanced(mark.entries, patient_until)
        if mark.state is MarkState.VERIFYING and lease.worth_waiting(now, beat, VERIFY_SILENCE_S):
            return None
        self._stats.count("corrupt_hits" if mark.state is MarkState.FAILED else "lookups_cut")
        return self._below_mark(lease, mark.entries)

    def _below_mark(self, lease: Lease, entries: int) -> int:
        """A partly verified lease is of use in one full group: every prefix is a hit."""
        if not self._plan.single or self._plan.groups[0].window_blocks:
            return 0
        group, leased, align = self._plan.groups[0], lease.groups[0], self._plan.align_tokens
        shards = len(lease.entries) // ENTRY.itemsize // leased.block_count
        return (leased.first_block + entries // shards) * group.block_tokens // align * align

    def _loads_in_step(self, tracked: TrackedRequest, tokens: int) -> bool:
        """A failed load in step is told by block id, unambiguous with one group only, and must be
        undone.
        """
        group = self._plan.groups[0]
        load_bytes = group.blocks(tokens) * group.page_bytes * len(group.layer_names)
        small = load_bytes <= self._settings.sync_load_max_bytes
        return self._plan.single and small and self._repair.possible(tracked.request)

    def _longest_hit(self, tracked: TrackedRequest) -> int:
        """At least one token must be left to compute."""
        tracked.hashes.take(tracked.request.block_hashes)
        hashed = min(
            tracked.hashes.blocks(group) * group.block_tokens for group in self._plan.groups
        )
        longest = min(hashed, tracked.request.num_tokens - 1)
        return longest // self._plan.align_tokens * self._plan.align_tokens

    # ---- what the sidecar says

    def answered(self, answer: LookupAnswered) -> None:
        tracked = self._owners.get(answer.job)
        if tracked is None or tracked.lease is None:
            return
        lease, now = tracked.lease, self._clock()
        self._patient = True
        blocks = sum(group.block_count for group in answer.groups)
        good = answer.status is LookupStatus.OK
        self._stats.operation(
            "lookup_exists", now - lease.asked_at, keys=blocks, failed=0 if good else 1
        )
        if not good or not answer.entries:
            self._stats.count(f"miss_{answer.miss_reason.name.lower()}")
            self._end(tracked, LeaseEvent.MISS)
            return
        lease.grant(answer)
        lease.apply(LeaseEvent.HIT)
        expected = now + self._settings.lookup_deadline_s + self._verification_s(answer.entries)
        lease.until(expected, expected + VERIFY_WAIT_S)

    def staged(self, staged: LookupStaged) -> None:
        """The sidecar fetches blocks from elsewhere: worth its time, which it says itself."""
        tracked = self._owners.get(staged.job)
        if tracked is None or tracked.lease is None:
            return
        self._patient = True
        self._stats.count("lookups_staged")
        expected = self._clock() + staged.wait_seconds
        tracked.lease.fetched_until = expected
        tracked.lease.until(expected, expected + ANSWER_WAIT_S)

    def _verification_s(self, entries: bytes) -> float:
        verify_bytes = int(np.frombuffer(entries, ENTRY)["bytes"].sum(dtype=np.uint64))
        return verify_bytes / max(1, self._session.verify_bytes_per_second)

    def lost(self, jobs: frozenset[int]) -> None:
        for job in jobs & self._owners.keys():
            self._end(self._owners[job], LeaseEvent.LOST)

    def revoked(self, job: int) -> None:
        if job in self._owners:
            self.drop(self._owners[job])

    # ---- what becomes of a lease

    def drop(self, tracked: TrackedRequest) -> None:
        """The request has no use for what it asked for."""
        tracked.promise = None
        if tracked.lease is not None:
            self._end(tracked, LeaseEvent.DROPPED)

    def drop_all(self) -> None:
        for tracked in list(self._owners.values()):
            self.drop(tracked)

    def hand_over(self, tracked: TrackedRequest, tokens: int) -> tuple[Lease, Promise]:
        """The engine acts on the promise, or on a part of it: the lease is the load's from here."""
        lease, promise = tracked.lease, tracked.promise
        what = f"request={tracked.request_id}, tokens={tokens}"
        assert lease is not None, f"load without a lease: {what}"
        assert promise is not None, f"load without a promise: {what}"
        assert tokens <= promise.tokens, f"load beyond the promise of {promise.tokens}: {what}"
        lease.apply(LeaseEvent.ALLOCATED)
        del self._owners[lease.job]
        tracked.lease = tracked.promise = None
        return lease, promise

    @property
    def held(self) -> int:
        return len(self._owners)

    def _end(self, tracked: TrackedRequest, event: LeaseEvent) -> None:
        lease = tracked.lease
        assert lease is not None
        bid_farewell(self._session, lease.job, lease.apply(event))
        self._owners.pop(lease.job, None)
        tracked.lease = tracked.promise = None


def bid_farewell(session: Any, job: int, farewell: Farewell) -> None:
    if farewell is Farewell.CANCEL:
        session.cancel(job)
    elif farewell is Farewell.RELEASE:
        session.release(job)
