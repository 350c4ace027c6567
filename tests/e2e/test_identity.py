"""Who shares, and who never does. Each case first shows that equal settings do share."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rig.engines import QUIET_CPU, prompt
from rig.paths import TESTS

from e2e.station import Station

CHILD = TESTS / "e2e" / "namespaces.py"
TOKENS = 512 + 60
SEED_ZERO, SEED_ONE = {"PYTHONHASHSEED": "0"}, {"PYTHONHASHSEED": "1"}

SHARE: dict[str, dict[str, Any]] = {
    "the same": {},
    "another TP size": {"tensor_parallel_size": 2},
    "another batch size": {"max_num_seqs": 3},
    "another data-parallel rank": {
        "data_parallel_size": 2,
        "parallel": {"data_parallel_rank": 1, "data_parallel_index": 1},
    },
}
NEVER_SHARE: dict[str, dict[str, Any]] = {
    "block size": {"block_size": 64},
    "dtype": {"dtype": "float32"},
    "revision": {"revision": "another"},
    "rope": {"hf_overrides": {"rope_theta": 20000.0}},
    "rope scaling": {"hf_overrides": {"rope_scaling": {"rope_type": "linear", "factor": 2.0}}},
    "cache prefix": {"extra": {"cache_prefix": "another"}},
    "tenant": {"extra": {"moonpool.tenant": "another"}},
    "KV cache dtype": {"kv_cache_dtype": "fp8_e4m3"},
    "hash algorithm": {"prefix_caching_hash_algo": "sha256_cbor"},
    "hash seed": {"environ": SEED_ONE},
}


@pytest.fixture(scope="module")
def spaces(model_root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The namespace of each variant of one engine; the last one comes after its weights were
    changed in place.
    """
    model = tmp_path_factory.mktemp("identity") / "model"
    shutil.copytree(model_root / "gqa", model)
    base = {"model": str(model), "environ": SEED_ZERO}
    changed = {"weights in place": {"touched": str(model / "model.safetensors")}}
    variants = {"base": {}, **SHARE, **NEVER_SHARE, **changed}
    return digests({name: base | variant for name, variant in variants.items()})


def digests(variants: dict[str, dict[str, Any]]) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, str(CHILD)],
        input=json.dumps(variants),
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
        env=dict(os.environ) | QUIET_CPU,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("variant", SHARE)
def test_what_does_not_change_bytes_shares(spaces: dict[str, str], variant: str) -> None:
    assert spaces[variant] == spaces["base"] != "private"


@pytest.mark.parametrize("variant", [*NEVER_SHARE, "weights in place"])
def test_what_changes_bytes_never_shares(spaces: dict[str, str], variant: str) -> None:
    others = [
        name for name, space in spaces.items() if space == spaces[variant] and name != variant
    ]
    assert others == []
    assert spaces["the same"] == spaces["base"]


def test_another_salt_does_not_share(stations: Callable[[str], Station]) -> None:
    station, ids = stations("mha"), prompt(900, TOKENS)
    station.save(ids, cache_salt="mine")
    for salt, expected in (("mine", 512), ("yours", 0), (None, 0)):
        station.engine.reset()
        before = station.tokens_loaded()
        station.engine.generate(ids, cache_salt=salt)
        assert station.tokens_loaded() - before == expected, salt
        station.host.settled()
