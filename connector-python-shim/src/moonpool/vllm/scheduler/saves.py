# SPDX-License-Identifier: Apache-2.0
"""Two-phase saves: offer, copy, and commit only what was computed on sound inputs."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from moonpool.client.events import Committed, IntendAnswered, IntendStatus
from moonpool.client.events import Verdict as BlockVerdict
from moonpool.client.spec import HASH_BYTES
from moonpool.vllm.config import Settings
from moonpool.vllm.groups import GroupPlan, StoredGroup
from moonpool.vllm.metrics import StoreStats
from moonpool.vllm.plan import BLOCK_ID, Blocks, Save
from moonpool.vllm.scheduler.known import KnownKeys
from moonpool.vllm.scheduler.offers import Run
from moonpool.vllm.scheduler.pins import BlockPins
from moonpool.vllm.scheduler.request import TrackedRequest
from moonpool.vllm.scheduler.save_job import SaveEvent, SaveJob, SaveState, Verdict

# After an offer that nobody answered in time, ask nothing for this long: the sidecar is busy or
# stopped.
QUIET_S = 0.5


class Saves:
    """Owns every save from the offer to its commit or abort, and the references on the blocks
    meanwhile.
    """

    def __init__(
        self,
        session: Any,
        plan: GroupPlan,
        settings: Settings,
        pins: BlockPins,
        known: KnownKeys,
        stats: StoreStats,
        clock: Callable[[], float],
    ) -> None:
        self._session = session
        self._plan = plan
        self._settings = settings
        self._pins = pins
        self._known = known
        self._stats = stats
        self._clock = clock
        self._jobs: dict[int, SaveJob] = {}
        self._committing: dict[int, SaveJob] = {}
        self._quiet_until = 0.0
        self.stored: list[Any] = []

    @property
    def open(self) -> bool:
        """Whether to offer now. Never a reason to wait: what is not saved is a later miss."""
        return self._pins.bound and self._session.usable and self._clock() >= self._quiet_until

    def offer(
        self, tracked: TrackedRequest, group: StoredGroup, run: Run, step: int, event: Any = None
    ) -> bool:
        """Announce a run that this step completes. False: the ring is full, stop for this step."""
        end = run.first + len(run.block_ids)
        hashes = tracked.hashes.run(group, run.first, end)
        parent = tracked.hashes.run_one(group, run.first - 1) if run.first else None
        job = self._session.intend(group.index, run.first, parent, hashes)
        if job is None:
            self._stats.count("saves_dropped")
            return False
        now = self._clock()
        deadline = now + self._settings.intend_deadline_s
        save = SaveJob(
            job,
            tracked.request_id,
            group.index,
            run.first,
            run.block_ids,
            hashes,
            step,
            deadline,
            now,
        )
        save.event = event
        self._pin(save, run.block_ids)
        self._jobs[job] = save
        return True

    # ---- what the sidecar says

    def answered(self, answer: IntendAnswered) -> None:
        save = self._jobs.get(answer.job)
        if save is None or save.state is not SaveState.INTENDED:
            return
        self._quiet_until = 0.0
        verdicts = np.frombuffer(answer.verdicts, np.uint8)
        granted = verdicts == BlockVerdict.GRANTED
        count = int(granted.sum())
        ok = answer.status is IntendStatus.OK and len(verdicts) == len(save.block_ids)
        elapsed = self._clock() - save.asked_at
        self._stats.operation(
            "save_exists",
            elapsed,
            keys=len(save.block_ids),
            failed=0 if ok else len(save.block_ids),
        )
        self._stats.count("saves_no_space", int((verdicts == BlockVerdict.NO_SPACE).sum()))
        if not ok or not count:
            if ok and bool((verdicts == BlockVerdict.HAVE).all()):
                self._known.add(save.group, save.hashes[-HASH_BYTES:])
            self._step(save, SaveEvent.REFUSAL)
            return
        ids = np.asarray(save.block_ids, BLOCK_ID)
        save.granted = Blocks(save.group, ids[granted].tobytes(), answer.entries)
        save.granted_count = count
        self._unpin(save, ids[~granted].tolist())
        self._step(save, SaveEvent.GRANT)

    def committed(self, event: Committed) -> None:
        save = self._committing.pop(event.job, None)
        if save is None:
            return
        count = event.stored
        self._stats.operation(
            "save_put", self._clock() - save.asked_at, keys=count, failed=save.granted_count - count
        )
        self._stats.count("blocks_stored", count)
        if count == save.granted_count:
            self._known.add(save.group, save.hashes[-HASH_BYTES:])
            if save.event is not None:
                self.stored.append(save.event)

    def lost(self, jobs: Iterable[int]) -> None:
        """Grants end with their session. What is being copied is written off afterwards."""
        self._committing.clear()
        self._known.clear()
        for job in set(jobs) & self._jobs.keys():
            self._step(self._jobs[job], SaveEvent.LOST)

    def revoked(self, job: int) -> None:
        save = self._jobs.get(job)
        if save is not None:
            self._step(save, SaveEvent.TAINTED)

    # ---- what the engine does

    def dispatch(self) -> list[Save]:
        """All granted copies, for this step's metadata."""
        plans = []
        for save in list(self._jobs.values()):
            if save.state is SaveState.GRANTED:
                assert save.granted is not None
                self._step(save, SaveEvent.DISPATCHED)
                plans.append(Save(save.job, save.granted))
        return plans

    def expire(self) -> None:
        """An unanswered offer must not hold the engine's blocks."""
        now = self._clock()
        for save in list(self._jobs.values()):
            if save.state is SaveState.INTENDED and now >= save.deadline:
                self._stats.count("saves_late")
                self._quiet_until = now + QUIET_S
                self._step(save, SaveEvent.TAINTED)

    def reported(self, job: int, failed: bool) -> bool:
        """Every rank is done with the job, if it is a save."""
        save = self._jobs.get(job)
        if save is None:
            return False
        if failed:
            self._stats.count("saves_spoiled")
        self._step(save, SaveEvent.SPOILED if failed else SaveEvent.REPORTED)
        return True

    def commit(self, sound_step: int) -> None:
        """Publish what was computed up to a step whose outcome, like that of all before it, is
        known and good.
        """
        for save in list(self._jobs.values()):
            if save.state is SaveState.COPIED and save.step <= sound_step:
                self._committing[save.job] = save
                self._step(save, SaveEvent.SOUND)

    def taint(self) -> set[str]:
        """Give up everything uncommitted. Returns the requests concerned."""
        concerned = {save.request_id for save in self._jobs.values()}
        for save in list(self._jobs.values()):
            self._step(save, SaveEvent.TAINTED)
        return concerned

    def taint_request(self, request_id: str) -> None:
        """The engine takes this request's blocks back and we hold no reference: copy none of them
        from now on.
        """
        for save in list(self._jobs.values()):
            if save.request_id == request_id and save.state in (
                SaveState.INTENDED,
                SaveState.GRANTED,
            ):
                self._step(save, SaveEvent.TAINTED)

    def touches(self, request_id: str) -> bool:
        """Whether workers may still read blocks of a request."""
        return any(save.pinned and save.request_id == request_id for save in self._jobs.values())

    @property
    def busy(self) -> bool:
        """Whether blocks are referenced: only further engine steps let go of them."""
        return any(save.pinned for save in self._jobs.values())

    @property
    def held(self) -> int:
        return len(self._jobs)

    # ---- one place for every transition

    def _step(self, save: SaveJob, event: SaveEvent) -> None:
        verdict = save.apply(event)
        if save.state in (SaveState.COPIED, SaveState.ENDED):
            self._unpin(save, list(save.pinned))
        if save.state is SaveState.ENDED:
            del self._jobs[save.job]
        if verdict is Verdict.COMMIT:
            self._session.commit(save.job, _all_bits(save.granted_count))
        elif verdict is Verdict.ABORT:
            self._session.abort(save.job)

    def _pin(self, save: SaveJob, block_ids: list[int]) -> None:
        self._pins.take(block_ids)
        save.pinned = list(block_ids)

    def _unpin(self, save: SaveJob, block_ids: list[int]) -> None:
        if block_ids:
            gone = set(block_ids)
            save.pinned = [block_id for block_id in save.pinned if block_id not in gone]
            self._pins.drop(block_ids)


def _all_bits(count: int) -> bytes:
    return ((1 << count) - 1).to_bytes((count + 7) // 8, "little")
