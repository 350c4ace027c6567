# SPDX-License-Identifier: Apache-2.0
"""The scheduler half: vLLM's hooks on one side, the session's events on the other. One thread calls
everything.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

from moonpool.client import events as ev
from moonpool.vllm.adapters import AdapterFingerprints
from moonpool.vllm.config import Settings
from moonpool.vllm.groups import GroupPlan
from moonpool.vllm.metrics import StoreStats
from moonpool.vllm.plan import StepPlan, StepReport
from moonpool.vllm.scheduler.hashes import PackedHashes
from moonpool.vllm.scheduler.known import KnownKeys
from moonpool.vllm.scheduler.kv_events import KvEvents
from moonpool.vllm.scheduler.loads import Loads
from moonpool.vllm.scheduler.lookups import NOTHING, Answer, Lookups
from moonpool.vllm.scheduler.pins import BlockPins
from moonpool.vllm.scheduler.repair import Repair
from moonpool.vllm.scheduler.request import TrackedRequest
from moonpool.vllm.scheduler.saves import Saves
from moonpool.vllm.scheduler.steps import StepReader


class SchedulerHalf:
    """Never waits for the sidecar, the workers or the disk."""

    def __init__(
        self,
        plan: GroupPlan,
        settings: Settings,
        session: Any,
        *,
        world_size: int,
        log: Any,
        overlapping: bool = False,
        publish_events: bool = False,
        hash_bytes: int = 32,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._plan = plan
        self._settings = settings
        self._session = session
        self._world_size = world_size
        self._log = log
        self.stats = StoreStats()
        self._requests: dict[str, TrackedRequest] = {}
        self._adapters = AdapterFingerprints(log)
        self._pins = BlockPins()
        known = KnownKeys(clock)
        self._events = KvEvents(plan, publish_events, hash_bytes)
        self._repair = Repair(overlapping)
        self._lookups = Lookups(
            session, plan, settings, self.stats, clock, self._pump, self._repair
        )
        self._loads = Loads(session, plan)
        self._saves = Saves(session, plan, settings, self._pins, known, self.stats, clock)
        self._reader = StepReader(plan, settings, self._saves, self._pins, known, self._events)
        self._step = 0
        self._rank_counts: dict[int, int] = {}
        self._job_counts: dict[int, int] = {}
        self._failed_jobs: set[int] = set()
        self._settled_step = 0
        self._owed_frees: set[str] = set()
        self._bypassed = False

    def await_pool(self, seconds: float) -> None:
        """While the engine starts there is time: its first request should find the pool."""
        end = time.monotonic() + seconds
        while not self._session.usable and time.monotonic() < end:
            time.sleep(0.01)
            self._pump()

    def bind_pool(self, pool: Any) -> None:
        self._pins.bind(pool)

    def bind_manager(self, manager: Any) -> None:
        self._repair.bind(manager)

    # ---- requests

    def on_new_request(self, request: Any) -> None:
        old = self._requests.pop(request.request_id, None)
        if old is not None:
            self._lookups.drop(old)
        self._lookups.prefetch(self._track(request))

    def get_num_new_matched_tokens(self, request: Any, local_tokens: int) -> Answer:
        if self._bypassed:
            return NOTHING
        tracked = self._tracked(request)
        return self._lookups.ask(tracked, local_tokens, idle=len(self._requests) == 1)

    def update_state_after_alloc(self, request: Any, blocks: Any, external_tokens: int) -> None:
        tracked = self._tracked(request)
        if external_tokens == 0:
            self._lookups.drop(tracked)
            return
        lease, promise = self._lookups.hand_over(tracked, external_tokens)
        self._loads.start(tracked, lease, promise, blocks.get_block_ids(), external_tokens)
        end = promise.local_tokens + external_tokens
        tracked.saved = [group.blocks(end) for group in self._plan.groups]

    def request_finished(self, request: Any) -> bool:
        """Whether the engine must keep the blocks until the workers report the request as sent."""
        tracked = self._requests.pop(request.request_id, None)
        if tracked is None:
            return False
        self._lookups.drop(tracked)
        if self._pins.bound or not self._saves.touches(tracked.request_id):
            return False
        self._owed_frees.add(tracked.request_id)
        return True

    def _tracked(self, request: Any) -> TrackedRequest:
        tracked = self._requests.get(request.request_id)
        return tracked if tracked is not None else self._track(request)

    def _track(self, request: Any) -> TrackedRequest:
        adapter, sound = self._adapters.of(getattr(request, "lora_request", None))
        tracked = TrackedRequest(
            request=request,
            hashes=PackedHashes(self._plan, adapter),
            prefill_tokens=request.num_prompt_tokens,
            saved=[0] * len(self._plan.groups),
            bypass=not sound or bool(getattr(request, "skip_reading_prefix_cache", False)),
            unsaveable=not sound,
        )
        self._requests[tracked.request_id] = tracked
        return tracked

    # ---- steps

    def build_connector_meta(self, output: Any) -> StepPlan:
        self._step += 1
        self._pump()
        self._saves.expire()
        plan = StepPlan(self._step, loads=self._loads.dispatch(self._step))
        self._reader.note_preempted(output, self._requests)
        plan.saves = self._saves.dispatch()
        if not self._bypassed:
            self._reader.read(output, self._requests, self._step)
        plan.sent = [
            request_id for request_id in self._owed_frees if not self._saves.touches(request_id)
        ]
        self._owed_frees.difference_update(plan.sent)
        return plan

    def update_connector_output(self, output: Any) -> None:
        self._pump()
        report = getattr(output, "kv_connector_worker_meta", None)
        failed = bool(
            getattr(output, "invalid_block_ids", None) or getattr(output, "failed_recving", None)
        )
        if isinstance(report, StepReport):
            failed = self._take(report) or failed
        if failed:
            self._taint()
            invalid = getattr(output, "invalid_block_ids", None) or set()
            if invalid:
                self._repair.undo(self._requests.values(), invalid, self._plan.hash_tokens)
                self._pins.forget_cached()
        oldest = self._loads.oldest_sync_step()
        self._saves.commit(
            self._settled_step if oldest is None else min(self._settled_step, oldest - 1)
        )

    def _take(self, report: StepReport) -> bool:
        """Count a report's ranks. True: a load failed somewhere."""
        if report.weights_changed:
            self._bypass()
        load_failed = self._compute_instead(report.failed)
        self._failed_jobs |= report.failed
        for job, ranks in report.jobs.items():
            self._job_counts[job] = self._job_counts.get(job, 0) + ranks
            if self._job_counts[job] >= self._world_size:
                self._finish(job)
        for step, ranks in report.steps.items():
            self._rank_counts[step] = self._rank_counts.get(step, 0) + ranks
            if self._rank_counts[step] >= self._world_size:
                self._settled_step = max(self._settled_step, step)
        self._rank_counts = {s: n for s, n in self._rank_counts.items() if s > self._settled_step}
        return load_failed

    def _compute_instead(self, jobs: Iterable[int]) -> bool:
        """A request whose load failed is computed: what failed once may fail for ever, and vLLM may
        never admit a second asynchronous load, as the blocks reserved for the first still count.
        True: a load was among the jobs.
        """
        owners = [self._loads.request_of(job) for job in jobs if job in self._loads]
        for request_id in owners:
            if request_id in self._requests:
                self._requests[request_id].bypass = True
        return bool(owners)

    def _finish(self, job: int) -> None:
        del self._job_counts[job]
        failed = job in self._failed_jobs
        self._failed_jobs.discard(job)
        if self._saves.reported(job, failed):
            return
        if self._loads.reported(job) and failed:
            self.stats.count("loads_failed")

    def _taint(self) -> None:
        """A load failed: nothing uncommitted may become visible, whosever it is."""
        self._saves.taint()
        for tracked in self._requests.values():
            tracked.rewind()

    def _bypass(self) -> None:
        """The weights are no longer those that the namespace stands for."""
        if not self._bypassed:
            self._bypassed = True
            self._log.warning(
                "the weights were changed in place: this engine neither loads nor saves from now "
                "on; restart it to use the pool"
            )
        self._lookups.drop_all()
        self._saves.taint()

    # ---- the rest

    def reset_cache(self) -> bool:
        """What was saved before is not served any more, and what is being computed now is not
        saved.
        """
        self._lookups.drop_all()
        self._saves.taint()
        for tracked in self._requests.values():
            tracked.unsaveable = True
        return bool(self._session.reset())

    def has_pending_push_work(self) -> bool:
        return self._saves.busy or bool(self._owed_frees)

    def has_pending_block_frees(self) -> bool:
        """Rather wait than preempt: references end soon, and a request that is loading in step
        cannot be undone
        once its blocks are gone.
        """
        return (self._pins.bound and self._saves.busy) or self._loads.oldest_sync_step() is not None

    def take_events(self) -> Iterable[Any]:
        stored, self._saves.stored = self._saves.stored, []
        return stored + self._events.take_removed()

    def take_stats(self) -> Any:
        return self.stats.take(self._session.counters)

    def close(self) -> None:
        self._session.close()

    def _pump(self) -> None:
        """Take what the sidecar said. Never blocks."""
        for event in self._session.poll():
            if isinstance(event, ev.LookupAnswered):
                self._lookups.answered(event)
            elif isinstance(event, ev.LookupStaged):
                self._lookups.staged(event)
            elif isinstance(event, ev.IntendAnswered):
                self._saves.answered(event)
            elif isinstance(event, ev.Committed):
                self._saves.committed(event)
            elif isinstance(event, ev.Evicted):
                self._events.evicted(event.group, event.hashes)
            elif isinstance(event, ev.Revoked):
                self._lookups.revoked(event.job)
                self._saves.revoked(event.job)
            elif isinstance(event, ev.SessionLost):
                self._lookups.lost(event.jobs)
                self._saves.lost(event.jobs)
            elif isinstance(event, ev.Attached):
                self._lookups.lost(event.lost_jobs)
