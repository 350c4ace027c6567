# SPDX-License-Identifier: Apache-2.0
"""Who holds which part of a block: layer range by KV-head range, the same list in every process of
an engine.
"""

from dataclasses import dataclass
from typing import Any

from moonpool.client.spec import KvGroup, Shard
from moonpool.vllm.errors import UnsupportedSetup
from moonpool.vllm.groups import GroupPlan, StoredGroup


@dataclass(frozen=True)
class Holding:
    """What one rank holds of a group: a shard, and which of its replicas this rank is."""

    shard: int
    replica: int
    replicas: int


@dataclass(frozen=True)
class Topology:
    """The ranks of an engine: pipeline stages of tensor-parallel ranks."""

    stages: int
    ranks: int
    kv_heads: int

    @property
    def world_size(self) -> int:
        return self.stages * self.ranks


def topology(vllm_config: Any) -> Topology:
    parallel = vllm_config.parallel_config
    return Topology(
        stages=parallel.pipeline_parallel_size,
        ranks=parallel.tensor_parallel_size,
        kv_heads=vllm_config.model_config.get_total_num_kv_heads(),
    )


def kv_groups(plan: GroupPlan, ranks: Topology, layer_counts: list[int]) -> tuple[KvGroup, ...]:
    """The groups as an attach names them. `layer_counts` are the layers of each pipeline stage."""
    if ranks.stages > 1 and len(plan.groups) > 1:
        raise UnsupportedSetup(
            "pipeline_parallel_size > 1 with several KV cache groups is not supported: use "
            "tensor parallelism, "
            "or --disable-hybrid-kv-cache-manager"
        )
    return tuple(
        KvGroup(
            group=group.index,
            kind=group.kind,
            block_tokens=group.block_tokens,
            shards=_shards(
                group, ranks, layer_counts if ranks.stages > 1 else [len(group.layer_names)]
            ),
            window_blocks=group.window_blocks,
        )
        for group in plan.groups
    )


def _shards(group: StoredGroup, ranks: Topology, layer_counts: list[int]) -> tuple[Shard, ...]:
    """One shard per stage and head range. All pages of a group are equally large."""
    parts, heads = _head_ranges(group, ranks)
    shards, first = [], 0
    for count in layer_counts:
        shards += [
            Shard(first, count, part * heads, heads, count * group.page_bytes)
            for part in range(parts)
        ]
        first += count
    return tuple(shards)


def _head_ranges(group: StoredGroup, ranks: Topology) -> tuple[int, int]:
    """(number of head ranges, heads in each)."""
    if group.replicated:
        return 1, 1
    parts = min(ranks.ranks, ranks.kv_heads)
    return parts, ranks.kv_heads // parts


def holding(group: StoredGroup, ranks: Topology, rank: int) -> Holding:
    """What a rank holds: heads are dealt in order, surplus ranks repeat their neighbour's."""
    stage, tensor_rank = divmod(rank, ranks.ranks)
    parts, _ = _head_ranges(group, ranks)
    replicas = ranks.ranks // parts
    return Holding(stage * parts + tensor_rank // replicas, tensor_rank % replicas, replicas)


def stage_layers(vllm_config: Any, plan: GroupPlan) -> list[int]:
    """Layers with a KV cache in each pipeline stage, as vLLM splits them."""
    parallel = vllm_config.parallel_config
    stages = parallel.pipeline_parallel_size
    if stages == 1:
        return [len(plan.groups[0].layer_names)]
    from vllm.distributed.utils import get_pp_indices

    total = vllm_config.model_config.hf_text_config.num_hidden_layers
    ranges = [get_pp_indices(total, stage, stages) for stage in range(stages)]
    return [end - start for start, end in ranges]
