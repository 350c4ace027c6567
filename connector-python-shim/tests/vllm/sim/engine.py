# SPDX-License-Identifier: Apache-2.0
"""vLLM's real scheduler and aggregator, our two halves, and a "model" whose KV bytes follow from
the tokens before them.

A request that computes on a wrong block samples BAD, and writes wrong blocks itself: if either gets
out, a test sees it.
"""

import hashlib
import random
from collections import Counter, deque
from dataclasses import dataclass
from typing import Any

import torch
from moonpool.vllm import connector as connector_module
from moonpool.vllm.assembly import Setup
from moonpool.vllm.copier.cpu import CpuCopier
from moonpool.vllm.plan import StepPlan
from moonpool.vllm.regions import find_regions
from moonpool.vllm.shards import holding
from moonpool.vllm.worker.half import WorkerHalf
from moonpool.vllm.worker.slots import RankView
from moonpool.vllm.worker.weights import WeightsWatch
from vllm.distributed.kv_transfer.kv_connector.utils import KVOutputAggregator
from vllm.sampling_params import SamplingParams
from vllm.utils.hashing import sha256
from vllm.v1.core.kv_cache_utils import get_request_block_hasher
from vllm.v1.core.sched.async_scheduler import AsyncScheduler
from vllm.v1.core.sched.scheduler import Scheduler
from vllm.v1.outputs import KVConnectorOutput, ModelRunnerOutput
from vllm.v1.request import Request, RequestStatus

from .pool import SimPool, SimSchedulerSession, SimWorkerSession

GOOD, BAD = 7, 99


ROW_BYTES = 16


def row(tokens: tuple[int, ...], layer: int, group: int, rank: int) -> bytes:
    """The KV of the last of these tokens in one layer."""
    return hashlib.sha256(repr((tokens, layer, group, rank)).encode()).digest()[:ROW_BYTES]


def page(tokens: tuple[int, ...], size: int, layer: int, group: int, rank: int) -> bytes:
    """The full block that ends with these tokens, in one layer."""
    ends = range(len(tokens) - size + 1, len(tokens) + 1)
    return b"".join(row(tokens[:end], layer, group, rank) for end in ends)


@dataclass
class Scheduled:
    """One step on its way through the pipeline."""

    output: Any
    tables: dict[str, tuple[list[int], ...]]
    computed: dict[str, int]
    known: dict[str, int]
    requests: dict[str, Request]
    result: ModelRunnerOutput | None = None


@dataclass
class Rank:
    half: WorkerHalf
    caches: dict[str, torch.Tensor]
    session: SimWorkerSession
    number: int


class SimEngine:
    """Drives the hooks in vLLM's order, with the pipeline's depth of asynchronous scheduling where
    asked.
    """

    def __init__(
        self, vllm_config: Any, kv_cache_config: Any, dice: random.Random, *, ranks: int, depth: int
    ) -> None:
        self.dice = dice
        self.config = kv_cache_config
        self.depth = depth
        self.scheduler = self._make_scheduler(vllm_config, kv_cache_config, depth)
        self.connector = self.scheduler.connector
        self.setup: Setup = self.connector._setup
        self.session: SimSchedulerSession = self.connector._scheduler._session
        self.pool: SimPool = self.session.pool
        self.ranks = [self._make_rank(rank) for rank in range(ranks)]
        self.aggregator = KVOutputAggregator(ranks)
        self.hasher = get_request_block_hasher(self.setup.plan.hash_tokens, sha256)
        self.truth: dict[bytes, tuple[int, ...]] = {}
        self.pipeline: deque[Scheduled] = deque()
        self.finished: list[Request] = []
        self.totals: Counter[str] = Counter()
        self.live: dict[str, Request] = {}
        self.free_at_start = self.free_blocks

    @property
    def free_blocks(self) -> int:
        return self.scheduler.kv_cache_manager.block_pool.get_num_free_blocks()

    @staticmethod
    def _make_scheduler(vllm_config: Any, kv_cache_config: Any, depth: int) -> Any:
        from vllm.v1.core.kv_cache_utils import resolve_kv_cache_block_sizes
        from vllm.v1.structured_output import StructuredOutputManager

        kind = AsyncScheduler if depth > 1 else Scheduler
        block, hashed = resolve_kv_cache_block_sizes(kv_cache_config, vllm_config)
        return kind(
            vllm_config=vllm_config,
            kv_cache_config=kv_cache_config,
            structured_output_manager=StructuredOutputManager(vllm_config),
            block_size=block,
            hash_block_size=hashed,
            log_stats=False,
        )

    def _make_rank(self, rank: int) -> Rank:
        caches = {
            name: torch.zeros(
                (self.config.num_blocks, 1, group.kv_cache_spec.block_size, 16), dtype=torch.uint8
            )
            for group in self.config.kv_cache_groups
            for name in group.layer_names
        }
        plan = self.setup.plan
        holdings = tuple(holding(group, self.setup.ranks, rank) for group in plan.groups)
        view = RankView(find_regions(plan, caches, self.config.num_blocks), holdings)
        session = SimWorkerSession(self.pool, self.dice)
        half = WorkerHalf(
            session,
            view,
            CpuCopier(),
            connector_module.logger,
            single_group=plan.single,
            watch=WeightsWatch(),
        )
        return Rank(half, caches, session, rank)

    # ---- the front end

    def add(self, name: str, prompt: list[int], max_tokens: int) -> Request:
        params = SamplingParams(max_tokens=max_tokens, ignore_eos=True)
        params.update_from_generation_config({}, 1)
        request = Request(name, prompt, params, None, block_hasher=self.hasher)
        self.live[name] = request
        self.scheduler.add_request(request)
        return request

    def abort(self, name: str) -> None:
        self.scheduler.finish_requests(name, RequestStatus.FINISHED_ABORTED)
        self.live.pop(name, None)

    # ---- a step

    def step(self) -> None:
        self.pipeline.append(self._schedule())
        self._execute(self.pipeline[-1])
        while len(self.pipeline) >= self.depth:
            self._update(self.pipeline.popleft())

    def drain(self, steps: int) -> None:
        for _ in range(steps):
            if not self.busy and not self.pipeline:
                return
            self.step()
        while self.pipeline:
            self._update(self.pipeline.popleft())

    @property
    def busy(self) -> bool:
        return bool(self.scheduler.has_requests() or self.connector.has_pending_push_work())

    def _schedule(self) -> Scheduled:
        output = self.scheduler.schedule()
        manager = self.scheduler.kv_cache_manager
        computed = {new.req_id: new.num_computed_tokens for new in output.scheduled_new_reqs}
        cached = output.scheduled_cached_reqs
        computed |= dict(zip(cached.req_ids, cached.num_computed_tokens, strict=False))
        requests = {name: self.scheduler.requests[name] for name in output.num_scheduled_tokens}
        tables = {name: tuple(map(list, manager.get_block_ids(name))) for name in requests}
        known = {name: request.num_tokens for name, request in requests.items()}
        return Scheduled(output, tables, computed, known, requests)

    def _execute(self, step: Scheduled) -> None:
        plan = step.output.kv_connector_metadata
        assert isinstance(plan, StepPlan)
        outputs = [self._run_rank(rank, step, plan) for rank in self.ranks]
        step.result = self.aggregator.aggregate(outputs)

    def _run_rank(self, rank: Rank, step: Scheduled, plan: StepPlan) -> ModelRunnerOutput:
        self.totals["loads"] += len(plan.loads)
        self.totals["saves"] += len(plan.saves)
        in_step = step.output.has_sync_kv_loads
        if in_step:
            rank.half.start_loads(plan)
        sampled = self._forward(rank, step)
        if not in_step:
            rank.half.start_loads(plan)
        rank.half.save(plan)
        rank.half.poll()
        sent, received, failed = rank.half.take_received()
        connector_output = KVConnectorOutput(
            finished_sending=sent,
            finished_recving=received,
            failed_recving=failed,
            invalid_block_ids=rank.half.take_invalid_blocks(),
            kv_connector_worker_meta=rank.half.take_report(),
        )
        names = list(step.output.num_scheduled_tokens)
        index = {name: i for i, name in enumerate(names)}
        return ModelRunnerOutput(
            names, index, sampled, None, {}, kv_connector_output=connector_output
        )

    def _forward(self, rank: Rank, step: Scheduled) -> list[list[int]]:
        return [
            self._compute(rank, step, name, count)
            for name, count in step.output.num_scheduled_tokens.items()
        ]

    def _compute(self, rank: Rank, step: Scheduled, name: str, count: int) -> list[int]:
        request, start = step.requests[name], step.computed[name]
        tokens = (*request.all_token_ids, *([GOOD] * (start + count + 1 - request.num_tokens)))
        sound = all(
            self._read(rank, group_id, group, tokens, start, step.tables[name][group_id])
            for group_id, group in enumerate(self.config.kv_cache_groups)
        )
        for group_id, group in enumerate(self.config.kv_cache_groups):
            self._write(
                rank,
                group_id,
                group,
                tokens,
                start,
                start + count,
                step.tables[name][group_id],
                sound,
            )
        if start + count < step.known[name]:
            return []
        return [GOOD if sound else BAD]

    def _read(
        self, rank: Rank, group_id: int, group: Any, tokens: Any, start: int, table: list[int]
    ) -> bool:
        """Whether every full block that the attention would see has the bytes it should have."""
        size = group.kv_cache_spec.block_size
        window = getattr(group.kv_cache_spec, "sliding_window", None)
        first = max(0, start - window + 1) // size if window else 0
        blocks = range(first, start // size)
        return all(
            self._is(rank, group_id, group, table[i], tuple(tokens[: (i + 1) * size]))
            for i in blocks
        )

    def _is(
        self, rank: Rank, group_id: int, group: Any, block: int, tokens: tuple[int, ...]
    ) -> bool:
        size = group.kv_cache_spec.block_size
        return all(
            rank.caches[name][block].numpy().tobytes()
            == page(tokens, size, layer, group_id, rank.number)
            for layer, name in enumerate(group.layer_names)
        )

    def _write(
        self,
        rank: Rank,
        group_id: int,
        group: Any,
        tokens: Any,
        start: int,
        end: int,
        table: list[int],
        sound: bool,
    ) -> None:
        """Fill the rows of the tokens computed; on unsound input with something else."""
        size = group.kv_cache_spec.block_size
        for at in range(start, end):
            block, prefix = table[at // size], tuple(tokens[: at + 1]) if sound else (BAD, at)
            assert block != 0, "the null block was written"
            for layer, name in enumerate(group.layer_names):
                made = bytearray(row(prefix, layer, group_id, rank.number))
                rank.caches[name][block, 0, at % size] = torch.frombuffer(made, dtype=torch.uint8)

    def _update(self, step: Scheduled) -> None:
        assert step.result is not None
        self.scheduler.update_from_output(step.output, step.result)
        list(self.connector.take_events())
        self._count(self.connector.get_kv_connector_stats())
        for request in step.requests.values():
            self._note_truth(request)
        for name in [name for name, request in self.live.items() if request.is_finished()]:
            self.finished.append(self.live.pop(name))

    def _count(self, stats: Any) -> None:
        for name, count in (stats.data["counts"] if stats is not None else {}).items():
            self.totals[name] += count

    def _note_truth(self, request: Request) -> None:
        size = self.setup.plan.hash_tokens
        for index, block_hash in enumerate(request.block_hashes):
            self.truth[bytes(block_hash)] = tuple(request.all_token_ids[: (index + 1) * size])
