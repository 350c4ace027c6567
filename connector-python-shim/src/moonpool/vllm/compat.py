# SPDX-License-Identifier: Apache-2.0
"""All that differs between vLLM versions. Features are probed; no version is ever compared."""

import inspect
from typing import Any

from vllm.distributed.kv_transfer.kv_connector.v1.base import (
    KVConnectorBase_V1,
    KVConnectorMetadata,
    KVConnectorRole,
)

from moonpool.vllm.errors import UnsupportedSetup

try:
    from vllm.distributed.kv_transfer.kv_connector.v1.base import SupportsHMA
except ImportError:  # engines without the hybrid allocator

    class SupportsHMA:  # type: ignore[no-redef]
        """Stands in where connectors know one KV cache group only."""


try:
    from vllm.distributed.kv_transfer.kv_connector.v1.base import KVConnectorWorkerMetadata
except ImportError:

    class KVConnectorWorkerMetadata:  # type: ignore[no-redef]
        """Stands in where workers report nothing but finished requests."""

    HAS_WORKER_METADATA = False
else:
    HAS_WORKER_METADATA = hasattr(KVConnectorBase_V1, "build_connector_worker_meta")

try:
    from vllm.distributed.kv_transfer.kv_connector.v1.base import KVConnectorTransferResults
except ImportError:
    KVConnectorTransferResults = None  # type: ignore[assignment, misc]

try:
    from vllm.v1.metrics.cache_hit_source import CacheHitSource

    HOST_HITS = getattr(CacheHitSource, "HOST", None)
except ImportError:
    HOST_HITS = None

__all__ = [
    "HAS_WORKER_METADATA",
    "HOST_HITS",
    "KVConnectorBase_V1",
    "KVConnectorMetadata",
    "KVConnectorRole",
    "KVConnectorTransferResults",
    "KVConnectorWorkerMetadata",
    "SupportsHMA",
    "construct_base",
    "reports_failed_requests",
    "require_worker_metadata",
]


def construct_base(connector: Any, vllm_config: Any, role: Any, kv_cache_config: Any) -> None:
    """Call the base constructor with as many arguments as it takes."""
    arguments = {"vllm_config": vllm_config, "role": role, "kv_cache_config": kv_cache_config}
    taken = inspect.signature(KVConnectorBase_V1.__init__).parameters
    KVConnectorBase_V1.__init__(connector, **{k: v for k, v in arguments.items() if k in taken})


def reports_failed_requests() -> bool:
    """Whether a failed load can be reported by request, which models with several groups need."""
    return KVConnectorTransferResults is not None


def require_worker_metadata() -> None:
    """Without reports by job id nothing can be committed or released safely."""
    if not HAS_WORKER_METADATA:
        raise UnsupportedSetup(
            "this vLLM has no build_connector_worker_meta: install a vLLM that has it, or use "
            "its own connector"
        )
