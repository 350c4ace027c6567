# SPDX-License-Identifier: Apache-2.0
"""Whether two engines hash alike: the engine's own function on known tokens, in any process of the
engine.
"""

import hashlib
from typing import Any

from moonpool.client.spec import HASH_BYTES, HashVector
from moonpool.vllm.errors import UnsupportedSetup


def hash_vector(vllm_config: Any, hash_tokens: int) -> HashVector:
    """The hash of the tokens 0, 1, 2, … as a first block.

    A seed that is random in each process can't be known here, and can't be shared either: the
    engine's id stands for it.
    """
    algorithm = str(vllm_config.cache_config.prefix_caching_hash_algo)
    function = _hash_function(algorithm)
    first, second = _hash_once(function, hash_tokens), _hash_once(function, hash_tokens)
    if len(first) > HASH_BYTES:
        raise UnsupportedSetup(
            f"prefix_caching_hash_algo={algorithm} makes {len(first)} bytes: use sha256"
        )
    value = first if first == second else _engine_seeded(vllm_config, len(first))
    return HashVector(algorithm, len(first), hash_tokens, value)


def _engine_seeded(vllm_config: Any, size: int) -> bytes:
    engine = vllm_config.kv_transfer_config.engine_id
    return hashlib.sha256(f"random seed of {engine}".encode()).digest()[:size]


def _hash_function(algorithm: str) -> Any:
    try:
        from vllm.utils.hashing import get_hash_fn_by_name
    except ImportError:
        from vllm.utils import get_hash_fn_by_name
    return get_hash_fn_by_name(algorithm)


def _hash_once(function: Any, hash_tokens: int) -> bytes:
    """Hash with a seed made afresh, and leave the engine's own seed as it was."""
    from vllm.v1.core import kv_cache_utils

    names = ("NONE_HASH", "_NONE_HASH_SEED")
    kept = {name: getattr(kv_cache_utils, name) for name in names if hasattr(kv_cache_utils, name)}
    kv_cache_utils.init_none_hash(function)
    try:
        block = kv_cache_utils.hash_block_tokens(function, None, list(range(hash_tokens)), None)
    finally:
        for name, value in kept.items():
            setattr(kv_cache_utils, name, value)
    return bytes(getattr(block, "hash_value", block))
