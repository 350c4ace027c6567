# SPDX-License-Identifier: Apache-2.0
"""What the scheduler's constructor settles once, and says in the log."""

import os
import sys
from typing import Any

from moonpool.vllm.config import Settings

PLUGIN = "moonpool"
REPLACE = "MOONPOOL_REPLACE_MOONCAKE"


def prefer_recompute(vllm_config: Any, settings: Settings, log: Any) -> None:
    """A failed load becomes a computation instead of an error. vLLM reads the policy after this
    constructor.
    """
    transfer = vllm_config.kv_transfer_config
    if settings.keep_load_failure_policy or getattr(transfer, "kv_load_failure_policy", None) in (
        None,
        "recompute",
    ):
        return
    parent = _parent_policy()
    if parent is None:
        transfer.kv_load_failure_policy = "recompute"
        log.info(
            "kv_load_failure_policy is recompute (moonpool.keep_load_failure_policy=true keeps %r)",
            "fail",
        )
    elif parent != "recompute":
        log.warning(
            "inside MultiConnector only its own policy counts: add "
            '"kv_load_failure_policy":"recompute" beside '
            '"kv_connector":"MultiConnector", or a failed load ends its request with an error'
        )


def _parent_policy() -> str | None:
    """The policy of the MultiConnector that is constructing us, which no argument tells."""
    frame = sys._getframe(1)
    while frame is not None:
        owner = frame.f_locals.get("self")
        if type(owner).__name__ == "MultiConnector":
            config = getattr(owner, "_kv_transfer_config", None)
            return str(getattr(config, "kv_load_failure_policy", "fail"))
        frame = frame.f_back  # type: ignore[assignment]
    return None


def tell_who_serves(connector: type, log: Any) -> None:
    """One line for people who wonder which class answers to the stock name in this process."""
    log.info(
        "MooncakeStoreConnector is served by %s.%s", connector.__module__, connector.__qualname__
    )
    allowed = os.environ.get("VLLM_PLUGINS")
    if os.environ.get(REPLACE) == "1" and allowed is not None and PLUGIN not in allowed.split(","):
        log.warning(
            "%s=1 has no effect: VLLM_PLUGINS=%s leaves the plugin out; add it: VLLM_PLUGINS=%s",
            REPLACE,
            allowed,
            ",".join(name for name in (*allowed.split(","), PLUGIN) if name),
        )
