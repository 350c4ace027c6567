# SPDX-License-Identifier: Apache-2.0
"""Time to first token for 4,000 tokens of the MHA model (64 MiB of KV), from where the blocks
are.

Engine A computes a prompt and saves it; engine B, which never saw it, asks for it: that is the
pool's figure, once with Moonpool and once with the stock connector on a real mooncake_master over
TCP. An engine's own prefix-cache hit is the limit. All four engines live at once; every round uses
a new prompt and measures all of them one after the other.
Each engine has loaded a dozen times before, and is woken by a short prompt of its own: on this
kernel (DAMON reclaims what nobody touched for a minute) an idle engine has lost the code of its
libraries, and reading it back from disk would be the figure.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from rig.engines import Engine, EngineSpec, prompt
from rig.reaper import Reaper

from side_by_side.report import Ratio, Report, Row, median

TOKENS = 4000
ROUNDS = 4
SETTLE_S = 1.0
WAKE_TOKENS = 300
# A sidecar runs for weeks: its first loads, while Java still compiles, are no measure. So for both.
WARM_LOADS = 12
MOONPOOL = {
    "kv_connector": "MooncakeStoreConnector",
    "kv_connector_module_path": "moonpool.vllm",
    "kv_role": "kv_both",
}
MOONCAKE = {"kv_connector": "MooncakeStoreConnector", "kv_role": "kv_both"}


def run(python: Path, mooncake: Path, model: Path, socket: Path, folder: Path) -> Report:
    times: dict[str, list[float]] = {name: [] for name in ("cold", "own", "pool", "stock")}
    with ExitStack() as stack:
        stack.enter_context(_master(mooncake, folder / "master.log"))
        first, second = _pair(stack, _ours(python, model, socket), folder / "moonpool")
        stock = _pair(stack, _stock(python, mooncake, model, folder), folder / "stock")
        for seed in range(ROUNDS):
            ids = prompt(seed=1000 + seed, length=TOKENS)
            times["cold"].append(_first_token(first, ids))
            stock[0].generate(ids)
            time.sleep(SETTLE_S)
            times["own"].append(_hit(first, ids))
            times["pool"].append(_hit(second, ids))
            times["stock"].append(_hit(stock[1], ids))
    return _report(times)


def _first_token(engine: Engine, ids: list[int]) -> float:
    result = engine.generate(ids)
    if result.ttft_s is None:
        raise RuntimeError("no token came")
    return result.ttft_s


def _hit(engine: Engine, ids: list[int]) -> float:
    _wake(engine, ids)
    result = engine.generate(ids)
    if result.cached < TOKENS - 128 or result.ttft_s is None:
        raise RuntimeError(f"no hit: {result.cached} of {TOKENS} tokens were there")
    return result.ttft_s


def _wake(engine: Engine, ids: list[int]) -> None:
    """Run the code of a hit on a prompt that shares nothing with the one to be measured."""
    for _ in range(2):
        engine.generate([*reversed(ids[:WAKE_TOKENS])])


def _ours(python: Path, model: Path, socket: Path) -> list[EngineSpec]:
    return [EngineSpec(python, model, MOONPOOL, {"MOONPOOL_SOCKET": str(socket)})] * 2


def _stock(python: Path, mooncake: Path, model: Path, folder: Path) -> list[EngineSpec]:
    environ = {"PYTHONPATH": str(mooncake), "MOONCAKE_CONFIG_PATH": str(_mooncake_json(folder))}
    return [EngineSpec(python, model, _stock_config(i), environ) for i in range(2)]


def _stock_config(index: int) -> dict[str, Any]:
    return MOONCAKE | {"kv_connector_extra_config": {"lookup_rpc_port": str(index)}}


def _mooncake_json(folder: Path) -> Path:
    path = folder / "mooncake.json"
    path.write_text(
        '{"metadata_server":"P2PHANDSHAKE","master_server_address":"127.0.0.1:50951","protocol":"tcp",'
        '"device_name":"","global_segment_size":"2GB","local_buffer_size":"512MB"}'
    )
    return path


@contextmanager
def _master(mooncake: Path, log: Path) -> Iterator[None]:
    binary = next((p for p in mooncake.rglob("mooncake_master") if os.access(p, os.X_OK)), None)
    if binary is None:
        raise RuntimeError(f"no mooncake_master in {mooncake}")
    command = [str(binary), "-rpc_port", "50951", "-metrics_port", "50952"]
    with (
        log.open("w") as sink,
        Reaper.shared().started(command, stdout=sink, stderr=subprocess.STDOUT),
    ):
        time.sleep(1)
        yield


def _pair(stack: ExitStack, specs: list[EngineSpec], logs: Path) -> list[Engine]:
    """Two engines that have loaded before, so that nothing is set up during the measurement."""
    engines = [
        stack.enter_context(Engine(spec, logs.with_name(f"{logs.name}-{i}.log")))
        for i, spec in enumerate(specs)
    ]
    for engine in engines:
        engine.generate(prompt(seed=1, length=TOKENS))
        time.sleep(SETTLE_S)
        for _ in range(WARM_LOADS):
            engine.reset()
            engine.generate(prompt(seed=1, length=TOKENS))
    return engines


def _report(times: dict[str, list[float]]) -> Report:
    names = {
        "cold": "cold",
        "own": "own prefix-cache hit",
        "pool": "from the pool, second engine",
        "stock": "stock connector, real Mooncake, second engine",
    }
    rows = [Row(names[key], times[key], "s") for key in names]
    pool = median(times["pool"])
    ratios = [
        Ratio("pool / own hit", pool / median(times["own"]), 1.15),
        Ratio("pool / stock", pool / median(times["stock"]), 0.35),
    ]
    return Report(
        "Time to first token",
        "./moonpool bench first-token",
        rows,
        ratios,
        [(__doc__ or "").strip()],
    )
