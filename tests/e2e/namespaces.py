"""Namespaces of engines that are never started: vLLM's real configuration objects through the
shim's own function.

Run with a JSON object of variants by name on stdin; prints their digests. A process of its own, as
making a configuration changes the process's environment. Beside vLLM's arguments a variant may name
`extra` (the connector's settings), `environ`, `parallel` (what vLLM sets in each data-parallel
rank's configuration), and `touched`: a file of which one bit is turned before.
"""

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from moonpool.vllm.assembly import read_setup
from moonpool.vllm.hashing import hash_vector
from moonpool.vllm.identity import build_namespace
from vllm.config import KVTransferConfig
from vllm.engine.arg_utils import EngineArgs
from vllm.v1.kv_cache_interface import FullAttentionSpec, KVCacheConfig, KVCacheGroupSpec

LOG = logging.getLogger("namespaces")
BLOCKS = 16


def digest(variant: dict[str, Any]) -> str:
    """The identity of the engine that these arguments would start."""
    os.environ.update(variant.pop("environ", {}))
    if "touched" in variant:
        turn_last_bit(Path(variant.pop("touched")))
    extra, parallel = variant.pop("extra", {}), variant.pop("parallel", {})
    transfer = KVTransferConfig(
        kv_connector="MooncakeStoreConnector",
        kv_connector_module_path="moonpool.vllm",
        kv_role="kv_both",
        kv_connector_extra_config=extra,
    )
    arguments = EngineArgs(
        enforce_eager=True, max_model_len=4096, kv_transfer_config=transfer, **variant
    )
    config = arguments.create_engine_config()
    vars(config.parallel_config).update(parallel)
    cache = kv_cache_config(config)
    setup = read_setup(config, cache, LOG)
    vector = hash_vector(config, setup.plan.hash_tokens)
    space = build_namespace(config, setup.layout, setup.plan, vector, setup.settings, LOG)
    return "private" if space.private_to_engine else space.digest.hex()


def kv_cache_config(config: Any) -> KVCacheConfig:
    """What the engine core would make of this model: one group of full attention."""
    model, parallel = config.model_config, config.parallel_config
    spec = FullAttentionSpec(
        block_size=config.cache_config.block_size,
        num_kv_heads=model.get_num_kv_heads(parallel),
        head_size=model.get_head_size(),
        dtype=model.dtype,
    )
    layers = [f"model.layers.{i}.self_attn.attn" for i in range(model.get_num_layers(parallel))]
    group = KVCacheGroupSpec(layer_names=layers, kv_cache_spec=spec)
    return KVCacheConfig(num_blocks=BLOCKS, kv_cache_tensors=[], kv_cache_groups=[group])


def turn_last_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def main() -> None:
    answers = {name: digest(variant) for name, variant in json.load(sys.stdin).items()}
    print("\n" + json.dumps(answers))


if __name__ == "__main__":
    main()
