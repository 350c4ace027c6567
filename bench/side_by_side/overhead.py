# SPDX-License-Identifier: Apache-2.0
"""What the connector costs an engine that never hits: prompts no one saw, with the connector and
without, interleaved A B B A.
"""

from __future__ import annotations

import statistics
from pathlib import Path

from rig.engines import Engine, EngineSpec, prompt

from side_by_side.first_token import MOONPOOL
from side_by_side.report import Ratio, Report, Row, median

TOKENS, DECODE, ROUNDS = 2000, 16, 12


def run(python: Path, model: Path, socket: Path, folder: Path) -> Report:
    times: dict[str, list[float]] = {"without": [], "with": []}
    plain = EngineSpec(python, model)
    ours = EngineSpec(python, model, MOONPOOL, {"MOONPOOL_SOCKET": str(socket)})
    with (
        Engine(plain, folder / "plain.log") as without,
        Engine(ours, folder / "ours.log") as with_shim,
    ):
        engines = {"without": without, "with": with_shim}
        for engine in engines.values():
            _seconds(engine, 0)
        seed = 1
        for _ in range(ROUNDS):
            for name in ("without", "with", "with", "without"):
                times[name].append(_seconds(engines[name], seed))
                seed += 1
    return _report(times)


def _seconds(engine: Engine, seed: int) -> float:
    """One request, prefill and decode, by the engine's own clock: hand-over to last token."""
    answer = engine.command(
        "generate",
        requests=[{"prompt": prompt(seed=90_000 + seed, length=TOKENS), "max_tokens": DECODE}],
    )
    return float(answer["seconds"])


def _report(times: dict[str, list[float]]) -> Report:
    rows = [Row(f"{name} the connector", values, "s") for name, values in times.items()]
    pairs = [w / p for w, p in zip(times["with"], times["without"], strict=True)]
    spread = statistics.quantiles(pairs, n=4)
    ratios = [
        Ratio("with / without, medians", median(times["with"]) / median(times["without"]), 1.03)
    ]
    remarks = [
        (__doc__ or "").strip(),
        f"Ratio pair by pair: quartiles {spread[0]:.3f}, {spread[1]:.3f}, {spread[2]:.3f}.",
    ]
    return Report("Engine at a hit rate of 0 %", "./moonpool bench overhead", rows, ratios, remarks)
