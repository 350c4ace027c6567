# SPDX-License-Identifier: Apache-2.0
"""vLLM configurations of the simulated engines: real objects, made without reading any weights."""

import json
import random
from pathlib import Path
from typing import Any

import torch
from vllm.engine.arg_utils import EngineArgs
from vllm.utils.hashing import sha256
from vllm.v1.core.kv_cache_utils import init_none_hash
from vllm.v1.kv_cache_interface import (
    FullAttentionSpec,
    KVCacheConfig,
    KVCacheGroupSpec,
    SlidingWindowSpec,
)

BLOCK = 4
MODEL = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 64,
    "intermediate_size": 64,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "vocab_size": 512,
    "max_position_embeddings": 512,
    "torch_dtype": "bfloat16",
}


def model_folder(home: Path) -> Path:
    folder = home / "model"
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(MODEL))
    return folder


def vllm_config(
    home: Path, *, seqs: int = 4, batched: int = 24, asynchronous: bool = False, **extra: Any
) -> Any:
    """A configuration as EngineArgs resolves it, then with blocks small enough for many of them."""
    arguments = EngineArgs(
        model=str(model_folder(home)),
        load_format="dummy",
        skip_tokenizer_init=True,
        dtype="bfloat16",
        max_model_len=256,
        max_num_seqs=seqs,
        max_num_batched_tokens=batched,
        enable_prefix_caching=True,
        enable_chunked_prefill=True,
        async_scheduling=asynchronous,
        kv_transfer_config={
            "kv_connector": "MooncakeStoreConnector",
            "kv_connector_module_path": "moonpool.vllm",
            "kv_role": extra.pop("role", "kv_both"),
            "kv_connector_extra_config": extra,
        },
    )
    config = arguments.create_engine_config()
    config.cache_config.block_size = BLOCK
    init_none_hash(sha256)
    return config


def full_group(layers: int, first: int = 0) -> KVCacheGroupSpec:
    spec = FullAttentionSpec(block_size=BLOCK, num_kv_heads=1, head_size=8, dtype=torch.uint8)
    return KVCacheGroupSpec([f"model.layers.{first + i}.attn" for i in range(layers)], spec)


def window_group(
    layers: int, window: int, block: int = BLOCK, first: int = 100
) -> KVCacheGroupSpec:
    spec = SlidingWindowSpec(
        block_size=block, num_kv_heads=1, head_size=8, dtype=torch.uint8, sliding_window=window
    )
    return KVCacheGroupSpec([f"model.layers.{first + i}.attn" for i in range(layers)], spec)


def cache_config(blocks: int, *groups: KVCacheGroupSpec) -> KVCacheConfig:
    return KVCacheConfig(num_blocks=blocks, kv_cache_tensors=[], kv_cache_groups=list(groups))


def prompts(dice: random.Random) -> list[int]:
    """Few families of prompts, so that they share prefixes."""
    family = dice.randrange(5)
    length = dice.randrange(5, 60)
    branch = dice.randrange(2)
    return [100 + family] * min(length, 30) + [200 + branch] * max(0, length - 30)
