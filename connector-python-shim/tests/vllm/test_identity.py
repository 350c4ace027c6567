# SPDX-License-Identifier: Apache-2.0
"""Equal engines share; engines that differ in anything that changes the bytes do not. Every test
shows both.
"""

import json
import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from moonpool.client.spec import Namespace
from moonpool.vllm.adapters import AdapterFingerprints, adapter_fingerprint
from moonpool.vllm.assembly import read_setup
from moonpool.vllm.hashing import hash_vector
from moonpool.vllm.identity import build_namespace
from moonpool.vllm.scheduler.hashes import PackedHashes
from sim.setups import BLOCK, MODEL, cache_config, full_group
from vllm.engine.arg_utils import EngineArgs

LOG = logging.getLogger("test")


def write_safetensors(path: Path, content: bytes) -> None:
    header = json.dumps(
        {"w": {"dtype": "U8", "shape": [len(content)], "data_offsets": [0, len(content)]}}
    ).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + content)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    (folder / "config.json").write_text(json.dumps(MODEL))
    write_safetensors(folder / "model.safetensors", bytes(64))
    return folder


@pytest.fixture(scope="module")
def engine(model: Path) -> Any:
    return make_engine(model)


def make_engine(model: Path, **arguments: Any) -> Any:
    base: dict[str, Any] = {
        "model": str(model),
        "skip_tokenizer_init": True,
        "dtype": "bfloat16",
        "max_model_len": 256,
        "kv_transfer_config": {
            "kv_connector": "MooncakeStoreConnector",
            "kv_role": "kv_both",
            "kv_connector_extra_config": arguments.pop("extra", {}),
        },
    }
    config = EngineArgs(**base | arguments).create_engine_config()
    config.cache_config.block_size = BLOCK
    return config


def namespace(config: Any, log: Any = LOG) -> Namespace:
    kv = cache_config(8, full_group(4))
    setup = read_setup(config, kv, log)
    vector = hash_vector(config, setup.plan.hash_tokens)
    return build_namespace(config, setup.layout, setup.plan, vector, setup.settings, log)


def test_two_engines_of_one_model_share(model: Path, engine: Any) -> None:
    one, two = namespace(engine), namespace(make_engine(model))
    assert one.digest == two.digest
    assert not one.private_to_engine
    assert json.loads(one.canonical_json) == json.loads(two.canonical_json)


CHANGES: dict[str, Callable[[Path], Any]] = {
    "dtype": lambda model: make_engine(model, dtype="float16"),
    "cache prefix": lambda model: make_engine(model, extra={"cache_prefix": "blue"}),
    "tenant": lambda model: make_engine(model, extra={"moonpool.tenant": "blue"}),
    "rope": lambda model: make_engine(model, hf_overrides={"rope_theta": 20000.0}),
    "hash algorithm": lambda model: make_engine(model, prefix_caching_hash_algo="sha256_cbor"),
    "dummy weights": lambda model: make_engine(model, load_format="dummy"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_engines_that_differ_do_not_share(change: str, model: Path, engine: Any) -> None:
    assert namespace(engine).digest == namespace(make_engine(model)).digest
    assert namespace(engine).digest != namespace(CHANGES[change](model)).digest


def test_a_kv_cache_dtype_of_its_own(model: Path, engine: Any) -> None:
    other = make_engine(model)
    assert namespace(other).digest == namespace(engine).digest
    other.cache_config.cache_dtype = "fp8"
    assert namespace(other).digest != namespace(engine).digest


def test_weights_replaced_under_the_same_path(tmp_path: Path, model: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(model, folder)
    before = namespace(make_engine(folder))
    assert before.digest == namespace(make_engine(folder)).digest
    write_safetensors(folder / "model.safetensors", bytes([1] * 64))
    os.utime(folder / "model.safetensors", ns=(1, 1))
    assert before.digest != namespace(make_engine(folder)).digest


def test_unknown_weights_are_private_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(MODEL))
    one, two = namespace(make_engine(folder)), namespace(make_engine(folder))
    assert one.private_to_engine
    assert one.digest != two.digest
    assert (
        sum(
            "nothing is shared with other engines" in record.getMessage()
            for record in caplog.records
        )
        == 2
    )


def test_a_random_hash_seed_is_told_by_the_vector(monkeypatch: pytest.MonkeyPatch) -> None:
    from vllm.v1.core import kv_cache_utils

    config = SimpleNamespace(
        cache_config=SimpleNamespace(prefix_caching_hash_algo="sha256"),
        kv_transfer_config=SimpleNamespace(engine_id="one"),
    )
    shared = hash_vector(config, 16)
    config.kv_transfer_config.engine_id = "two"
    assert shared == hash_vector(config, 16)
    monkeypatch.setattr(
        kv_cache_utils, "resolve_none_hash_seed", lambda function: os.urandom(8).hex()
    )
    seeded = hash_vector(config, 16)
    assert seeded == hash_vector(config, 16)
    config.kv_transfer_config.engine_id = "one"
    assert len({shared.hash, seeded.hash, hash_vector(config, 16).hash}) == 3


def test_the_vector_leaves_the_engines_seed_alone(engine: Any) -> None:
    from vllm.v1.core import kv_cache_utils

    kv_cache_utils.NONE_HASH = b"mine"
    hash_vector(engine, 16)
    assert kv_cache_utils.NONE_HASH == b"mine"


def test_adapters_by_content(tmp_path: Path) -> None:
    for name, content in (("a", b"x" * 32), ("same", b"x" * 32), ("other", b"y" * 32)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "adapter_config.json").write_text('{"r": 8}')
        write_safetensors(tmp_path / name / "adapter_model.safetensors", content)
    one = adapter_fingerprint(str(tmp_path / "a"))
    assert one is not None
    assert one == adapter_fingerprint(str(tmp_path / "a"))
    assert one != adapter_fingerprint(str(tmp_path / "other"))
    assert adapter_fingerprint(str(tmp_path / "nothing here")) is None


def test_an_adapter_changes_every_key(tmp_path: Path, engine: Any) -> None:
    plan = read_setup(engine, cache_config(8, full_group(4)), LOG).plan
    keys = []
    for adapter in (None, None, b"1" * 32, b"1" * 32, b"2" * 32):
        packed = PackedHashes(plan, adapter)
        packed.take([bytes([7]) * 32])
        keys.append(packed.run_one(plan.groups[0], 0))
    assert keys[0] == keys[1] == bytes([7]) * 32
    assert keys[2] == keys[3]
    assert len(set(keys)) == 3


def test_unknown_adapters_bypass_the_pool(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    adapters = AdapterFingerprints(LOG)
    unknown = SimpleNamespace(lora_int_id=1, lora_name="a", lora_path="hub/a", load_inplace=False)
    assert adapters.of(None) == (None, True)
    assert adapters.of(unknown) == (None, False)
    assert adapters.of(unknown) == (None, False)
    assert len(caplog.records) == 1


def test_settings_of_one_engine_only(engine: Any) -> None:
    setup = read_setup(engine, cache_config(8, full_group(4)), LOG)
    vector = hash_vector(engine, setup.plan.hash_tokens)
    one = build_namespace(engine, setup.layout, setup.plan, vector, setup.settings, LOG)
    moved = replace(setup.settings, engine_id="another", socket_path="/elsewhere")
    assert (
        one.digest == build_namespace(engine, setup.layout, setup.plan, vector, moved, LOG).digest
    )
