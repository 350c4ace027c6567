# SPDX-License-Identifier: Apache-2.0
"""What an engine is told at its start instead of being served wrongly later."""

from typing import Any

from moonpool.vllm.compat import reports_failed_requests
from moonpool.vllm.config import Settings
from moonpool.vllm.errors import UnsupportedSetup
from moonpool.vllm.groups import GroupPlan


def check_engine(vllm_config: Any, plan: GroupPlan, settings: Settings) -> None:
    """Raise for a parallel plan or model that the pool cannot serve."""
    parallel = vllm_config.parallel_config
    for name in ("decode_context_parallel_size", "prefill_context_parallel_size"):
        if getattr(parallel, name, 1) > 1:
            raise UnsupportedSetup(
                f"{name}={getattr(parallel, name)} is not supported: each rank holds a part of "
                f"every block's tokens; set it to 1"
            )
    if getattr(vllm_config.model_config, "is_encoder_decoder", False):
        raise UnsupportedSetup(
            "encoder-decoder models are not supported: remove --kv-transfer-config"
        )
    if not plan.single and settings.loads and not reports_failed_requests():
        raise UnsupportedSetup(
            "this vLLM cannot report a failed load of a model with several KV cache groups: "
            "add --disable-hybrid-kv-cache-manager, or set "
            "kv_connector_extra_config.enable_lookup=false"
        )
