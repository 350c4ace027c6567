# SPDX-License-Identifier: Apache-2.0
"""Which KV cache groups of the engine are stored, at what granularity, and what a hit needs of
each.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from moonpool.client.spec import GroupKind
from moonpool.vllm.errors import UnsupportedSetup

# Kinds of KV cache that are understood, by vLLM's class names. Anything else is refused: a kind
# with other rules of
# reuse would be served wrongly.
FULL_SPECS = ("FullAttentionSpec", "MLAAttentionSpec")
WINDOW_SPECS = ("SlidingWindowSpec",)


@dataclass(frozen=True)
class StoredGroup:
    """One stored group: `index` is its name in the pool, `engine_group` in the engine's tables."""

    index: int
    engine_group: int
    kind: GroupKind
    block_tokens: int
    window_blocks: int
    hashes_per_block: int
    layer_names: tuple[str, ...]
    page_bytes: int
    replicated: bool
    event_kind: str | None = None
    window_tokens: int | None = None

    def blocks(self, tokens: int) -> int:
        return tokens // self.block_tokens


@dataclass(frozen=True)
class GroupPlan:
    """All stored groups. A hit ends at a multiple of `align_tokens`, then `drop_tokens` are left to
    a draft model.
    """

    groups: tuple[StoredGroup, ...]
    align_tokens: int
    hash_tokens: int
    drop_tokens: int
    engine_groups: int
    shard_counts: tuple[int, ...] = ()

    @property
    def single(self) -> bool:
        """With one group only can the engine name failed blocks, and a lease be used up to its
        mark.
        """
        return self.engine_groups == 1


def plan_groups(vllm_config: Any, kv_cache_config: Any | None) -> GroupPlan:
    """The plan of an engine; UnsupportedSetup for a kind of cache that cannot be stored."""
    if kv_cache_config is None:
        return _plan_without_groups(vllm_config)
    engine_groups = kv_cache_config.kv_cache_groups
    stored = _stored_ids(kv_cache_config)
    align, hash_tokens = _block_sizes(vllm_config, kv_cache_config)
    drops = _drops_last_block(vllm_config, [engine_groups[g] for g in stored])
    groups = tuple(
        _stored_group(index, g, engine_groups[g], align if drops else 0, hash_tokens)
        for index, g in enumerate(stored)
    )
    return GroupPlan(groups, align, hash_tokens, align if drops else 0, len(engine_groups))


def _stored_ids(kv_cache_config: Any) -> Sequence[int]:
    """The groups that a hash addresses; the engine's own view of it where it has one."""
    all_ids = tuple(range(len(kv_cache_config.kv_cache_groups)))
    stored = tuple(getattr(kv_cache_config, "prefix_cacheable_group_ids", all_ids))
    if not stored:
        raise UnsupportedSetup(
            "the model has no KV cache group that prefix caching can use: remove "
            "--kv-transfer-config"
        )
    return stored


def _stored_group(
    index: int, engine_group: int, group: Any, drop_tokens: int, hash_tokens: int
) -> StoredGroup:
    spec = layer_spec(group.kv_cache_spec)
    kind = _kind(engine_group, spec)
    window = _window_tokens(spec) if kind is GroupKind.WINDOW else None
    return StoredGroup(
        index=index,
        engine_group=engine_group,
        kind=kind,
        block_tokens=spec.block_size,
        window_blocks=_window_blocks(window, spec.block_size, drop_tokens) if window else 0,
        hashes_per_block=spec.block_size // hash_tokens,
        layer_names=tuple(group.layer_names),
        page_bytes=_page_bytes(spec),
        replicated=_is_latent(spec),
        event_kind=_event_kind(spec),
        window_tokens=getattr(spec, "sliding_window", None),
    )


def layer_spec(spec: Any) -> Any:
    """The spec of one layer: groups of equal layers may come wrapped, and must have equal pages."""
    layers = getattr(spec, "kv_cache_specs", None)
    if layers is None:
        return spec
    pages = {_page_bytes(layer) for layer in layers.values()}
    if len(pages) > 1:
        raise UnsupportedSetup(
            f"one KV cache group has layers with pages of {sorted(pages)} bytes: remove "
            f"--kv-transfer-config for this model"
        )
    return next(iter(layers.values()))


def _kind(engine_group: int, spec: Any) -> GroupKind:
    name = type(spec).__name__
    if (
        name in FULL_SPECS
        and getattr(spec, "tokens_per_state", 1) == 1
        and not getattr(spec, "attention_chunk_size", None)
    ):
        return GroupKind.FULL
    if name in WINDOW_SPECS and getattr(spec, "tokens_per_state", 1) == 1:
        return GroupKind.WINDOW
    raise UnsupportedSetup(
        f"KV cache group {engine_group} is {name}: the pool stores full, latent and "
        f"sliding-window attention; "
        "remove --kv-transfer-config for this model"
    )


def _window_tokens(spec: Any) -> int:
    return int(spec.sliding_window) - 1 + int(getattr(spec, "extra_retained_tokens", 0))


def _window_blocks(window_tokens: int, block_tokens: int, drop_tokens: int) -> int:
    """Blocks before a boundary that the next token can see. What is dropped again must not eat into
    them.
    """
    return -(-window_tokens // block_tokens) + drop_tokens // block_tokens


def _page_bytes(spec: Any) -> int:
    for name in ("unpadded_page_size_bytes", "real_page_size_bytes", "page_size_bytes"):
        size = getattr(spec, name, None)
        if size is not None:
            return int(size)
    raise UnsupportedSetup(
        f"{type(spec).__name__} does not tell its page size: remove --kv-transfer-config"
    )


def _is_latent(spec: Any) -> bool:
    """A latent cache has one head, which every tensor-parallel rank holds whole."""
    return "MLA" in type(spec).__name__


def _event_kind(spec: Any) -> str | None:
    try:
        from vllm.v1.kv_cache_interface import get_kv_cache_spec_kind
    except ImportError:
        return None
    return str(get_kv_cache_spec_kind(spec).value)


def _block_sizes(vllm_config: Any, kv_cache_config: Any) -> tuple[int, int]:
    """(tokens between boundaries, tokens of one block hash), as the engine computes them."""
    try:
        from vllm.v1.core.kv_cache_utils import resolve_kv_cache_block_sizes
    except ImportError:
        sizes = [layer_spec(g.kv_cache_spec).block_size for g in kv_cache_config.kv_cache_groups]
        return math.lcm(*sizes), vllm_config.cache_config.block_size
    align, hash_tokens = resolve_kv_cache_block_sizes(kv_cache_config, vllm_config)
    return int(align), int(hash_tokens)


def _drops_last_block(vllm_config: Any, groups: Sequence[Any]) -> bool:
    """A draft model that reads hidden states needs the last block of a hit computed again."""
    speculative = getattr(vllm_config, "speculative_config", None)
    if any(getattr(group, "is_eagle_group", False) for group in groups):
        return True
    probe = getattr(speculative, "use_eagle_block_drop", None) or getattr(
        speculative, "use_eagle", None
    )
    return bool(probe and probe())


def _plan_without_groups(vllm_config: Any) -> GroupPlan:
    """Engines whose connectors are not told the groups have one, of full attention."""
    model, parallel, cache = (
        vllm_config.model_config,
        vllm_config.parallel_config,
        vllm_config.cache_config,
    )
    latent = bool(model.use_mla)
    heads = 1 if latent else model.get_num_kv_heads(parallel)
    values = 1 if latent else 2
    element_bytes = 1 if "8" in str(cache.cache_dtype) else model.dtype.itemsize
    page = values * heads * model.get_head_size() * cache.block_size * element_bytes
    layers = tuple(f"layers.{i}" for i in range(model.get_num_layers(parallel)))
    full = StoredGroup(0, 0, GroupKind.FULL, cache.block_size, 0, 1, layers, page, latent)
    drop = cache.block_size if _drops_last_block(vllm_config, ()) else 0
    return GroupPlan((full,), cache.block_size, cache.block_size, drop, 1)
