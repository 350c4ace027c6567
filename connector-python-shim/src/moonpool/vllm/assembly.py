# SPDX-License-Identifier: Apache-2.0
"""Puts the halves together from vLLM's configuration: the only place that knows all the parts."""

import os
import time
from dataclasses import dataclass, replace
from typing import Any

import moonpool
from moonpool.client.spec import AttachSpec, KvGroup, Role
from moonpool.vllm.config import Settings, read_settings
from moonpool.vllm.copier import make_copier
from moonpool.vllm.errors import UnsupportedSetup
from moonpool.vllm.groups import GroupPlan, plan_groups
from moonpool.vllm.hashing import hash_vector
from moonpool.vllm.identity import build_namespace, kv_layout
from moonpool.vllm.refusals import check_engine
from moonpool.vllm.regions import GroupRegion, find_regions
from moonpool.vllm.shards import Topology, holding, kv_groups, stage_layers, topology

# How long a starting engine waits for a sidecar that seems to be there.
START_WAIT_S = 3.0


@dataclass(frozen=True)
class Setup:
    """What both halves derive alike."""

    settings: Settings
    plan: GroupPlan
    ranks: Topology
    groups: tuple[KvGroup, ...]
    layout: str | None
    block_count: int | None


def read_setup(vllm_config: Any, kv_cache_config: Any, log: Any) -> Setup:
    """Raises UnsupportedSetup for everything that would be served wrongly."""
    settings = read_settings(vllm_config.kv_transfer_config, log)
    plan = plan_groups(vllm_config, kv_cache_config)
    check_engine(vllm_config, plan, settings)
    ranks = topology(vllm_config)
    groups = kv_groups(plan, ranks, stage_layers(vllm_config, plan))
    return Setup(
        settings=settings,
        plan=replace(plan, shard_counts=tuple(len(group.shards) for group in groups)),
        ranks=ranks,
        groups=groups,
        layout=kv_layout(vllm_config, kv_cache_config),
        block_count=getattr(kv_cache_config, "num_blocks", None),
    )


def build_scheduler_half(vllm_config: Any, setup: Setup, log: Any) -> Any:
    from moonpool.client.scheduler import SchedulerSession
    from moonpool.vllm.scheduler.half import SchedulerHalf

    publish = bool(getattr(vllm_config.kv_events_config, "enable_kv_cache_events", False))
    spec = _attach_spec(vllm_config, setup, Role.SCHEDULER, 0, publish, log)
    settings = setup.settings
    session = SchedulerSession(
        spec, socket_path=settings.socket_path, log=log, autostart=settings.autostart
    )
    session.start()
    half = SchedulerHalf(
        setup.plan,
        settings,
        session,
        world_size=setup.ranks.world_size,
        log=log,
        overlapping=_overlapping(vllm_config),
        publish_events=publish,
        hash_bytes=spec.hash_vector.hash_bytes,
    )
    if os.path.exists(settings.socket_path):
        half.await_pool(START_WAIT_S)
    return half


def _overlapping(vllm_config: Any) -> bool:
    """Whether a step may be dispatched before the outcome of the one before it is known."""
    batches = getattr(vllm_config, "max_concurrent_batches", None)
    if batches is not None:
        return int(batches) > 1
    scheduler = vllm_config.scheduler_config
    staged = vllm_config.parallel_config.pipeline_parallel_size > 1
    return staged or bool(getattr(scheduler, "async_scheduling", False))


def build_worker_half(vllm_config: Any, setup: Setup, kv_caches: dict[str, Any], log: Any) -> Any:
    from moonpool.client.worker import WorkerSession
    from moonpool.vllm.worker.half import WorkerHalf
    from moonpool.vllm.worker.slots import RankView
    from moonpool.vllm.worker.weights import WeightsWatch

    rank = vllm_config.parallel_config.rank
    regions = find_regions(setup.plan, kv_caches, setup.block_count)
    view = RankView(
        regions, tuple(holding(group, setup.ranks, rank) for group in setup.plan.groups)
    )
    _check_sizes(setup, regions, view)
    spec = _attach_spec(vllm_config, setup, Role.WORKER, rank, False, log)
    settings = setup.settings
    session = WorkerSession(
        spec, socket_path=settings.socket_path, log=log, autostart=settings.autostart
    )
    watch = WeightsWatch()
    watch.install()
    copier = make_copier(regions[0].owners[0].device.type, log)
    session.start()
    if os.path.exists(settings.socket_path):
        _await_arena(session)
    return WorkerHalf(session, view, copier, log, single_group=setup.plan.single, watch=watch)


def _await_arena(session: Any) -> None:
    end = time.monotonic() + START_WAIT_S
    while session.arena is None and time.monotonic() < end:
        time.sleep(0.01)


def _check_sizes(setup: Setup, regions: tuple[GroupRegion, ...], view: Any) -> None:
    """What the tensors hold must be what every process of the engine says a shard has."""
    for group, region, held in zip(setup.groups, regions, view.holdings, strict=True):
        expected = group.shards[held.shard].slot_bytes
        if region.block_bytes != expected:
            raise UnsupportedSetup(
                f"KV cache group {group.group}: a block has {region.block_bytes} bytes in this "
                f"worker's tensors, "
                f"but {expected} by the model's configuration: remove --kv-transfer-config for "
                f"this model"
            )


def _attach_spec(
    vllm_config: Any, setup: Setup, role: Role, rank: int, events: bool, log: Any
) -> AttachSpec:
    import vllm

    vector = hash_vector(vllm_config, setup.plan.hash_tokens)
    quiet = log if role is Role.SCHEDULER else _Quiet()
    return AttachSpec(
        client=f"moonpool-python {moonpool.__version__}, vllm {vllm.__version__}",
        engine_id=setup.settings.engine_id,
        role=role,
        rank=rank,
        world_size=setup.ranks.world_size,
        tenant=setup.settings.tenant,
        namespace=build_namespace(
            vllm_config, setup.layout, setup.plan, vector, setup.settings, quiet
        ),
        groups=setup.groups,
        hash_vector=vector,
        wants_events=events,
        pool=setup.settings.pool,
    )


class _Quiet:
    """Workers derive the same namespace; one process of the engine says why it is private."""

    def warning(self, message: str, *values: Any) -> None:
        return
