# SPDX-License-Identifier: Apache-2.0
"""The KV connector for vLLM: `kv_connector_module_path` names this package.

Imports nothing until vLLM asks for a class, so that tools may import the package without vLLM.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from moonpool.vllm.connector import MooncakeStoreConnector

__all__ = ["MooncakeStoreConnector"]


def __getattr__(name: str) -> Any:
    if name == "MooncakeStoreConnector":
        from moonpool.vllm.connector import MooncakeStoreConnector

        return MooncakeStoreConnector
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
