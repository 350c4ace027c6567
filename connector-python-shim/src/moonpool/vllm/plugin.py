# SPDX-License-Identifier: Apache-2.0
"""The entry point in `vllm.general_plugins`: vLLM runs it in the front end, the engine core and
every worker.
"""

import os
from typing import Any

from moonpool.vllm.policy import REPLACE

NAME = "MooncakeStoreConnector"


def register() -> None:
    """With MOONPOOL_REPLACE_MOONCAKE=1 the stock name means our class, without a change of any
    configuration.
    """
    if os.environ.get(REPLACE) != "1":
        return
    from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory
    from vllm.logger import init_logger

    KVConnectorFactory._registry[NAME] = _load
    init_logger("vllm.moonpool.plugin").info("%s=1: %s is moonpool.vllm.%s", REPLACE, NAME, NAME)


def _load() -> Any:
    from moonpool.vllm.connector import MooncakeStoreConnector

    return MooncakeStoreConnector
