# SPDX-License-Identifier: Apache-2.0
"""The worker half: follows each step's plan and reports by job id. Called on the worker's main
thread.
"""

from typing import Any

from moonpool.vllm.copier import Copier
from moonpool.vllm.metrics import StoreStats
from moonpool.vllm.plan import BLOCK_ID, Load, Save, StepPlan, StepReport
from moonpool.vllm.worker.loader import Loader
from moonpool.vllm.worker.slots import RankView
from moonpool.vllm.worker.transfer import Transfer, Transfers
from moonpool.vllm.worker.weights import WeightsWatch


class WorkerHalf:
    """Loads before the forward pass or beside it, saves after it, and never a byte without its two
    checks.
    """

    def __init__(
        self,
        session: Any,
        view: RankView,
        copier: Copier,
        log: Any,
        *,
        single_group: bool,
        watch: WeightsWatch,
    ) -> None:
        self._session = session
        self._log = log
        self._single_group = single_group
        self._watch = watch
        self._copier = copier
        self._transfers = Transfers(session, view, copier)
        self._loader = Loader(self._transfers, self._broken_load)
        self._saving: list[Transfer] = []
        self._in_step: list[Transfer] = []
        self.stats = StoreStats()
        self._steps: dict[int, int] = {}
        self._jobs: dict[int, int] = {}
        self._failed: set[int] = set()
        self._invalid_blocks: set[int] = set()
        self._received: set[str] = set()
        self._failed_requests: set[str] = set()
        self._sent: set[str] = set()

    # ---- vLLM's hooks, in the order of a step

    def start_loads(self, plan: StepPlan) -> None:
        """Loads that this step's forward pass reads start here; the others go to the loader."""
        for load in plan.loads:
            if self._watch.changed:
                self._end_load(
                    self._broken_load(load, RuntimeError("the weights were changed in place"))
                )
            elif load.asynchronous:
                self._loader.submit(load)
            else:
                self._start_in_step(load)

    def _start_in_step(self, load: Load) -> None:
        try:
            transfer = self._transfers.start_load(load)
        except (
            Exception
        ) as error:  # a failed load is recomputed; an exception here would end the engine
            self._end_load(self._broken_load(load, error))
            return
        self._transfers.join(transfer)
        self._in_step.append(transfer)
        self._finish_in_step(wait=False)

    def _finish_in_step(self, *, wait: bool) -> None:
        """The outcome of a load belongs into the report of its own step: its forward pass has read
        the blocks.
        """
        going = [t for t in self._in_step if not wait and not self._transfers.done(t)]
        for transfer in self._in_step:
            if transfer not in going:
                self._finish_load(transfer)
        self._in_step = going

    def save(self, plan: StepPlan) -> None:
        """After the forward pass. What was computed may be copied; whether it is sound is the
        scheduler's to judge.
        """
        for save in plan.saves:
            try:
                self._saving.append(self._transfers.start_save(save))
            except Exception as error:
                self._log.error("save %d failed: %s", save.job, error)
                self._report(save.job, failed=True)
        self._sent.update(plan.sent)
        self._steps[plan.step] = 1
        self._finish_saves(wait=False)

    def poll(self) -> None:
        """Take what has ended since, and what must have."""
        self._finish_in_step(wait=True)
        for transfer in self._loader.take():
            self._end_load(transfer)
        self._finish_saves(wait=False)

    def fence(self) -> None:
        """Engines that free blocks under a running copy say so first: let the copies end."""
        self._finish_saves(wait=True)

    def take_received(self) -> tuple[set[str], set[str], set[str]]:
        """(sent, received, of these failed) since the last call."""
        taken = (self._sent, self._received, self._failed_requests)
        self._sent, self._received, self._failed_requests = set(), set(), set()
        return taken

    def take_invalid_blocks(self) -> set[int]:
        invalid, self._invalid_blocks = self._invalid_blocks, set()
        return invalid

    def take_report(self) -> StepReport:
        report = StepReport(self._steps, self._jobs, frozenset(self._failed), self._watch.changed)
        self._steps, self._jobs, self._failed = {}, {}, set()
        return report

    def take_stats(self) -> Any:
        return self.stats.take(self._session.counters)

    def close(self) -> None:
        self._loader.close()
        self._finish_saves(wait=True)
        self._copier.close()
        self._session.close()

    # ---- ends of copies

    def _finish_load(self, transfer: Transfer) -> None:
        self._transfers.finish(transfer)
        self._end_load(transfer)

    def _end_load(self, transfer: Transfer) -> None:
        load = transfer.work
        assert isinstance(load, Load)
        if load.asynchronous:
            self._received.add(load.request_id)
        if transfer.failed and self._single_group:
            self._invalid_blocks |= transfer.bad_blocks
        elif transfer.failed:
            self._failed_requests.add(load.request_id)
        self._report(load.job, failed=transfer.failed)
        self.stats.measured("load_get", transfer)

    def _finish_saves(self, *, wait: bool) -> None:
        going: list[Transfer] = []
        for transfer in self._saving:
            if wait or self._transfers.done(transfer):
                self._transfers.finish(transfer)
                self._end_save(transfer)
            else:
                going.append(transfer)
        self._saving = going

    def _end_save(self, transfer: Transfer) -> None:
        save = transfer.work
        assert isinstance(save, Save)
        self._report(save.job, failed=transfer.failed or self._watch.changed)
        self.stats.measured("save_put", transfer)

    def _report(self, job: int, *, failed: bool) -> None:
        self._jobs[job] = 1
        if failed:
            self._failed.add(job)

    def _broken_load(self, load: Load, error: BaseException) -> Transfer:
        self._log.error("load %d of request %s failed: %s", load.job, load.request_id, error)
        blocks = b"".join(part.ids for part in load.parts)
        bad = {
            int.from_bytes(blocks[at : at + BLOCK_ID.itemsize], "little")
            for at in range(0, len(blocks), BLOCK_ID.itemsize)
        }
        return Transfer(load, [], bad)
