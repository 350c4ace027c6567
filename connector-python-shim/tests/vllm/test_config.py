# SPDX-License-Identifier: Apache-2.0
"""What users write, and what they are told when it cannot be honoured."""

import json
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from moonpool.vllm.config import Settings, read_settings
from moonpool.vllm.errors import UnsupportedSetup

LOG = logging.getLogger("test")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOONPOOL_SOCKET", "MOONPOOL_AUTOSTART", "MOONCAKE_CONFIG_PATH"):
        monkeypatch.delenv(name, raising=False)


def read(role: str = "kv_both", **extra: Any) -> Settings:
    config = SimpleNamespace(kv_role=role, engine_id="e", kv_connector_extra_config=extra)
    return read_settings(config, LOG)


def test_defaults() -> None:
    settings = read()
    assert (settings.loads, settings.saves_prompts, settings.tenant) == (True, True, "default")
    assert settings.socket_path.endswith("/sidecar.sock")


@pytest.mark.parametrize(
    ("role", "extra", "loads", "prompts", "anything"),
    [
        ("kv_producer", {}, True, True, True),
        ("kv_consumer", {}, True, False, False),
        ("kv_consumer", {"save_decode_cache": True}, True, False, True),
        ("kv_both", {"enable_lookup": "False"}, False, True, True),
        ("kv_consumer", {"enable_lookup": False}, False, False, False),
    ],
)
def test_roles(
    role: str, extra: dict[str, Any], loads: bool, prompts: bool, anything: bool
) -> None:
    settings = read(role, **extra)
    assert (settings.loads, settings.saves_prompts, settings.saves) == (loads, prompts, anything)


@pytest.mark.parametrize(
    "extra",
    [
        {"load_async": False},
        {"store_tp_size": 4},
        {"enable_store_tp_lcm": "True"},
        {"custom_mem_pool": "NVLINK"},
        {"preferred_segment": "a"},
    ],
)
def test_refused_keys_name_themselves_and_the_cure(extra: dict[str, Any]) -> None:
    (key,) = extra
    with pytest.raises(UnsupportedSetup, match=rf"kv_connector_extra_config\.{key}=.*(remove|use)"):
        read(**extra)


def test_stock_keys_without_effect_are_accepted() -> None:
    read(
        lookup_rpc_port=7,
        lookup_async=True,
        enable_group_semantics="True",
        enable_cross_layers_blocks="False",
    )


def test_a_misspelt_key_of_ours_is_refused() -> None:
    with pytest.raises(UnsupportedSetup, match=r"moonpool\.sockt is not known"):
        read(**{"moonpool.sockt": "x"})


def test_a_number_must_be_one() -> None:
    with pytest.raises(UnsupportedSetup, match=r"moonpool\.sync_load_max_bytes='many'"):
        read(**{"moonpool.sync_load_max_bytes": "many"})


def test_a_long_socket_path_is_named() -> None:
    with pytest.raises(UnsupportedSetup, match="107 bytes"):
        read(**{"moonpool.socket": "/" + "x" * 120})


def test_tenant_of_mooncakes_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mooncake.json"
    path.write_text('{"tenant_id": "blue", "protocol": "tcp",}')
    monkeypatch.setenv("MOONCAKE_CONFIG_PATH", str(path))
    assert read().tenant == "blue"
    assert read(**{"moonpool.tenant": "red"}).tenant == "red"
    path.write_text(json.dumps({"protocol": "tcp"}))
    assert read().tenant == "default"


def test_a_missing_mooncake_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOONCAKE_CONFIG_PATH", "/nowhere/mooncake.json")
    with pytest.raises(
        UnsupportedSetup, match=r"MOONCAKE_CONFIG_PATH=/nowhere/mooncake\.json cannot be read"
    ):
        read()
