"""A look into a real engine for tests: its block pool, and the bytes of its cached blocks.

vLLM loads `register` as a general plugin in each of its processes, and `WorkerProbe` as its worker
extension. Both only add methods; nothing of the engine is replaced.
"""

import hashlib
from typing import Any

BlockBytes = list[tuple[str, Any]]


def register() -> None:
    """Add the block pool's view to the engine core, callable as a utility from the front end."""
    from vllm.v1.engine.core import EngineCore

    EngineCore.rig_blocks = _blocks
    EngineCore.rig_cached = _cached


def _blocks(core: Any) -> dict[str, int]:
    """Counts of the block pool; the null block is in none of them."""
    pool = core.scheduler.kv_cache_manager.block_pool
    return {
        "free": pool.get_num_free_blocks(),
        "total": pool.num_gpu_blocks - 1,
        "cached": len(pool.cached_block_hash_to_block),
    }


def _cached(core: Any) -> list[list[Any]]:
    """Every cached block as [group, hash in hex, block id]."""
    from vllm.v1.core.kv_cache_utils import get_block_hash, get_group_id

    pool = core.scheduler.kv_cache_manager.block_pool
    return [
        [get_group_id(block.block_hash), get_block_hash(block.block_hash).hex(), block.block_id]
        for block in pool.blocks
        if block.block_hash is not None
    ]


class WorkerProbe:
    """Methods that vLLM mixes into its worker class."""

    def rig_digests(self, blocks: list[list[Any]]) -> dict[str, str]:
        """SHA-256 of the KV bytes of cached blocks, by "group:hash"."""
        views = self._rig_views()
        return {
            f"{group}:{name}": _digest(views[group], block_id) for group, name, block_id in blocks
        }

    def rig_negate(self, group: int, block_id: int, layer: int) -> str:
        """Negate one block in one layer of a group; twice restores it. Returns the layer's name.

        Finite on purpose: a NaN would stay in the blocks computed from it and spoil later,
        unrelated answers.
        """
        name, view = self._rig_views()[group][layer]
        view[block_id].neg_()
        return name

    def _rig_views(self) -> list[BlockBytes]:
        """By group: each layer's name and its KV cache with the block as first dimension."""
        runner = self.model_runner  # type: ignore[attr-defined]
        config = runner.kv_cache_config
        layers = runner.vllm_config.compilation_config.static_forward_context
        return [
            [
                (name, _by_block(layers[name].kv_cache, config.num_blocks))
                for name in group.layer_names
            ]
            for group in config.kv_cache_groups
        ]


def _by_block(cache: Any, block_count: int) -> Any:
    """The attention kernel's blocks may be a fraction of the manager's: fold them into one
    dimension.
    """
    tensor = cache[0] if isinstance(cache, (list, tuple)) else cache
    dimension = next(i for i, size in enumerate(tensor.shape) if size % block_count == 0 and size)
    return tensor.movedim(dimension, 0).unflatten(0, (block_count, -1))


def _digest(views: BlockBytes, block_id: int) -> str:
    """Layer by layer, each page in the order of its memory: a block's payload by docs/spec/05."""
    import torch

    digest = hashlib.sha256()
    for _, view in views:
        page = view[block_id]
        outermost_first = sorted(range(page.dim()), key=page.stride, reverse=True)
        memory = page.permute(outermost_first).contiguous()
        digest.update(memory.view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
