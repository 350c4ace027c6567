# SPDX-License-Identifier: Apache-2.0
"""The settings of one engine: the stock connector's keys with their meaning, and ours with the
prefix `moonpool.`.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moonpool.client.spec import PoolSettings
from moonpool.vllm.errors import UnsupportedSetup

PREFIX = "moonpool."
MIB = 1 << 20

# A synchronous load delays every request of its step by the copy, an asynchronous one delays its
# own request by two
# steps. 256 MiB take some 10 ms over PCIe 4, about what two decode steps cost.
SYNC_LOAD_MAX_BYTES = 256 * MIB

# Keys of the stock connector that change nothing here, with the reason for the log.
IGNORED = {
    "lookup_rpc_port": "lookups travel on a ring in shared memory",
    "lookup_async": "lookups never block the scheduler",
    "enable_group_semantics": "blocks of a prefix are evicted together anyway",
    "enable_cross_layers_blocks": "any layout is stored in one format",
}

# Keys whose meaning the pool cannot keep: (is the value harmless?, what to do).
REFUSED = {
    "load_async": (
        lambda v: _flag(v),
        "remove it; use moonpool.sync_load_max_bytes=0 to load asynchronously only",
    ),
    "preferred_segment": (
        lambda v: not v,
        "remove it; the sidecar is told where copies go first: --preferred-segment",
    ),
    "custom_mem_pool": (
        lambda v: not v,
        "remove it; the KV cache stays in the engine's own memory pool",
    ),
    "enable_store_tp_lcm": (
        lambda v: not _flag(v),
        "remove it; run all engines that share with one TP size",
    ),
    "prefill_tp_sizes": (lambda v: not v, "remove it; run all engines that share with one TP size"),
    "store_tp_size": (
        lambda v: v is None,
        "remove it; run all engines that share with one TP size",
    ),
}

MOONCAKE_FILE = "MOONCAKE_CONFIG_PATH"

# What of Mooncake's file is about the pool and not about this engine.
POOL_KEYS = (
    "master_server_address",
    "metadata_server",
    "protocol",
    "device_name",
    "local_hostname",
    "global_segment_size",
)

KNOWN = ("enable_lookup", "save_decode_cache", "cache_prefix")
OURS = (
    "socket",
    "tenant",
    "autostart",
    "sync_load_max_bytes",
    "lookup_deadline_ms",
    "intend_deadline_ms",
    "leases_ahead",
    "keep_load_failure_policy",
)


def _flag(value: Any) -> bool:
    """Stock keys come as booleans or as the strings "True" and "False"."""
    return value.strip().lower() in ("1", "true", "yes") if isinstance(value, str) else bool(value)


@dataclass(frozen=True)
class Settings:
    """What the user chose, validated."""

    role: str
    engine_id: str
    socket_path: str
    tenant: str = "default"
    pool: PoolSettings | None = None
    cache_prefix: str = ""
    enable_lookup: bool = True
    save_decode_cache: bool = False
    autostart: bool = False
    sync_load_max_bytes: int = SYNC_LOAD_MAX_BYTES
    lookup_deadline_s: float = 0.020
    intend_deadline_s: float = 0.050
    leases_ahead: int = 4
    keep_load_failure_policy: bool = False

    @property
    def loads(self) -> bool:
        return self.enable_lookup

    @property
    def saves_prompts(self) -> bool:
        return self.role in ("kv_producer", "kv_both")

    @property
    def saves(self) -> bool:
        return self.saves_prompts or self.save_decode_cache


def read_settings(transfer_config: Any, log: Any) -> Settings:
    """Settings from vLLM's KVTransferConfig and the environment; UnsupportedSetup for what cannot
    be honoured.
    """
    extra = dict(transfer_config.kv_connector_extra_config or {})
    _refuse_unknown(extra)
    _refuse_unsupported(extra)
    for key, reason in IGNORED.items():
        if key in extra:
            log.info("kv_connector_extra_config.%s has no effect: %s", key, reason)
    ours = {key: extra[PREFIX + key] for key in OURS if PREFIX + key in extra}
    mooncake = _mooncake_file()
    return Settings(
        role=transfer_config.kv_role,
        engine_id=transfer_config.engine_id,
        socket_path=_socket_path(ours),
        tenant=_tenant(ours, mooncake),
        pool=_pool(mooncake),
        cache_prefix=str(extra.get("cache_prefix", "")),
        enable_lookup=_flag(extra.get("enable_lookup", True)),
        save_decode_cache=_flag(extra.get("save_decode_cache", False)),
        autostart=_flag(ours.get("autostart", os.environ.get("MOONPOOL_AUTOSTART", False))),
        sync_load_max_bytes=int(_number(ours, "sync_load_max_bytes", SYNC_LOAD_MAX_BYTES)),
        lookup_deadline_s=_number(ours, "lookup_deadline_ms", 20) / 1e3,
        intend_deadline_s=_number(ours, "intend_deadline_ms", 50) / 1e3,
        leases_ahead=max(1, int(_number(ours, "leases_ahead", 4))),
        keep_load_failure_policy=_flag(ours.get("keep_load_failure_policy", False)),
    )


def _refuse_unknown(extra: Mapping[str, Any]) -> None:
    unknown = [key for key in extra if key.startswith(PREFIX) and key[len(PREFIX) :] not in OURS]
    if unknown:
        known = ", ".join(PREFIX + key for key in OURS)
        raise UnsupportedSetup(
            f"kv_connector_extra_config.{unknown[0]} is not known; known are: {known}"
        )


def _refuse_unsupported(extra: Mapping[str, Any]) -> None:
    for key, (harmless, cure) in REFUSED.items():
        if key in extra and not harmless(extra[key]):
            raise UnsupportedSetup(
                f"kv_connector_extra_config.{key}={extra[key]!r} is not supported: {cure}"
            )


def _number(ours: Mapping[str, Any], key: str, default: float) -> float:
    value = ours.get(key, default)
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if number < 0:
        raise UnsupportedSetup(
            f"kv_connector_extra_config.{PREFIX}{key}={value!r}: give a number of 0 or more"
        )
    return number


def _socket_path(ours: Mapping[str, Any]) -> str:
    default = f"/tmp/moonpool-{os.getuid()}/sidecar.sock"
    path = str(ours.get("socket") or os.environ.get("MOONPOOL_SOCKET") or default)
    if len(os.fsencode(path)) > 107:
        raise UnsupportedSetup(
            f"moonpool.socket={path}: a socket path has at most 107 bytes; choose a shorter one"
        )
    return path


def _mooncake_json(text: str) -> Any:
    """Mooncake takes commas before a closing bracket, and its guides have them."""
    commas = re.compile(r'"(?:\\.|[^"\\])*"|,(?=\s*[}\]])')
    return json.loads(commas.sub(lambda found: "" if found[0] == "," else found[0], text))


def _mooncake_file() -> Mapping[str, Any]:
    """What the file at MOONCAKE_CONFIG_PATH says; nothing without one."""
    path = os.environ.get(MOONCAKE_FILE)
    if not path:
        return {}
    try:
        with open(path) as file:
            document = _mooncake_json(file.read())
    except (OSError, ValueError) as error:
        raise UnsupportedSetup(
            f"{MOONCAKE_FILE}={path} cannot be read ({error}): correct the file or unset "
            f"the variable"
        ) from error
    if not isinstance(document, dict):
        raise UnsupportedSetup(
            f"{MOONCAKE_FILE}={path} holds no JSON object: correct the file or unset the variable"
        )
    return document


def _tenant(ours: Mapping[str, Any], mooncake: Mapping[str, Any]) -> str:
    """Ours first, then `tenant_id` of Mooncake's own JSON file."""
    if "tenant" in ours:
        return str(ours["tenant"]) or "default"
    return str(mooncake.get("tenant_id") or "default")


def _pool(mooncake: Mapping[str, Any]) -> PoolSettings | None:
    """The file's words for the sidecar, which is who joins a pool."""
    told = {key: str(mooncake[key]) for key in POOL_KEYS if mooncake.get(key) is not None}
    return PoolSettings(os.environ[MOONCAKE_FILE], told) if told else None
