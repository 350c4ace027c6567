# SPDX-License-Identifier: Apache-2.0
"""Time to first token for 4,000 tokens of the MHA model (64 MiB of KV), from where the blocks
are.

Engine A computes a prompt and saves it; engine B, which never saw it, asks for it: that is the
pool's figure, once with Moonpool and once with the stock connector on a real mooncake_master over
TCP. An engine's own prefix-cache hit is the limit. Every round uses a new prompt and measures all
of them one after the other.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from rig.engines import Engine, EngineSpec, prompt
from rig.reaper import Reaper

from side_by_side.report import Ratio, Report, Row, median

TOKENS = 4000
ROUNDS = 8
SETTLE_S = 1.0
MOONPOOL = {
    "kv_connector": "MooncakeStoreConnector",
    "kv_connector_module_path": "moonpool.vllm",
    "kv_role": "kv_both",
}
MOONCAKE = {"kv_connector": "MooncakeStoreConnector", "kv_role": "kv_both"}


def run(python: Path, mooncake: Path | None, model: Path, socket: Path, folder: Path) -> Report:
    own, cold, pool, stock = ([] for _ in range(4))
    ours = EngineSpec(python, model, MOONPOOL, {"MOONPOOL_SOCKET": str(socket)})
    with _pair(ours, folder, "moonpool") as (first, second):
        for seed in range(ROUNDS):
            ids = prompt(seed=1000 + seed, length=TOKENS)
            cold.append(first.generate(ids).ttft_s)
            own.append(first.generate(ids).ttft_s)
            time.sleep(SETTLE_S)
            pool.append(_hit(second, ids))
    if mooncake is not None:
        stock = _stock(python, mooncake, model, folder)
    return _report(cold, own, pool, stock)


def _hit(engine: Engine, ids: list[int]) -> float:
    result = engine.generate(ids)
    if result.cached < TOKENS - 128 or result.ttft_s is None:
        raise RuntimeError(f"no hit: {result.cached} of {TOKENS} tokens came from the pool")
    return result.ttft_s


def _stock(python: Path, mooncake: Path, model: Path, folder: Path) -> list[float]:
    environ = {"PYTHONPATH": str(mooncake), "MOONCAKE_CONFIG_PATH": str(_mooncake_json(folder))}
    times: list[float] = []
    with ExitStack() as stack:
        stack.enter_context(_master(mooncake))
        specs = [EngineSpec(python, model, _stock_config(i), environ) for i in range(2)]
        first, second = (
            stack.enter_context(_started(s, folder / f"stock-{i}.log")) for i, s in enumerate(specs)
        )
        for seed in range(ROUNDS):
            ids = prompt(seed=2000 + seed, length=TOKENS)
            first.generate(ids)
            time.sleep(SETTLE_S)
            times.append(_hit(second, ids))
    return times


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
def _master(mooncake: Path) -> Iterator[None]:
    binary = next((p for p in mooncake.rglob("mooncake_master") if os.access(p, os.X_OK)), None)
    if binary is None:
        raise RuntimeError(f"no mooncake_master in {mooncake}")
    process = Reaper.shared().start([str(binary), "-rpc_port", "50951", "-metrics_port", "50952"])
    time.sleep(1)
    try:
        yield
    finally:
        Reaper.shared().end(process)


@contextmanager
def _started(spec: EngineSpec, log: Path) -> Iterator[Engine]:
    with Engine(spec, log) as engine:
        engine.generate(prompt(seed=1, length=TOKENS))
        engine.generate(prompt(seed=1, length=TOKENS))
        yield engine


@contextmanager
def _pair(spec: EngineSpec, folder: Path, name: str) -> Iterator[tuple[Engine, Engine]]:
    with (
        _started(spec, folder / f"{name}-a.log") as first,
        _started(spec, folder / f"{name}-b.log") as second,
    ):
        yield first, second


def _report(cold: list[float], own: list[float], pool: list[float], stock: list[float]) -> Report:
    rows = [
        Row("cold", cold, "s"),
        Row("own prefix-cache hit", own, "s"),
        Row("from the pool, second engine", pool, "s"),
    ]
    ratios = [Ratio("pool / own hit", median(pool) / median(own), 1.15)]
    if stock:
        rows.append(Row("stock connector, real Mooncake, second engine", stock, "s"))
        ratios.append(Ratio("pool / stock", median(pool) / median(stock), 0.35))
    return Report(
        "Time to first token",
        "./moonpool bench first-token",
        rows,
        ratios,
        [(__doc__ or "").strip()],
    )
