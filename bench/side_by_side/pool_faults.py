# SPDX-License-Identifier: Apache-2.0
"""What a reader sees when an owner dies, an owner stands still, or the master dies and comes back
empty: the pool and the real Mooncake, on the same hosts (network namespaces on this machine), with
both their settings as they come, at the same time.

Objects are 1 MiB, 20 a case, 100,000 of 4 KiB where the master dies. Each object is read once right
after the fault; those that did not come are asked for again until they do. A load counts as failed
when its bytes do not come, for whatever reason. The times are the reader's.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pool.members import Pool, started
from rig.hosts import Network
from rig.master import Master, MasterSpec
from rig.sidecar import sidecar_folder

from side_by_side.fault_sides import Ours, Side, Theirs, timed_load
from side_by_side.report import Ratio, Report, table

OBJECTS = 20
KEYS = 100_000
ARENA_BYTES = 1 << 30
AGAIN_S = 15.0
PAUSE_S = 0.1
# Longer than the 10 s after which Mooncake forgets a silent client.
STOPPED_S = 12.0
SAVING_S, SAVE_PACE_S = 12.0, 0.25
FILLED_S = 60.0
HEADS = ["fault", "figure", "Moonpool", "Mooncake"]


@dataclass(frozen=True)
class Figure:
    """One figure of one side; negative seconds are never."""

    fault: str
    what: str
    value: float
    unit: str

    def text(self) -> str:
        if self.unit == "s" and self.value < 0:
            return f"not within {AGAIN_S:.0f} s"
        figure = f"{self.value:,.0f}" if self.value.is_integer() else f"{self.value:.3g}"
        return f"{figure} {self.unit}".strip()


def run(folder: Path, mooncake: Path) -> Report:
    with _pool(folder) as pool:
        other = Theirs(pool, mooncake, folder)
        with ThreadPoolExecutor(2) as threads:
            # One thread owns a session: ours is made where it is used.
            running = threads.submit(lambda: _all(Ours(pool), lambda: _forget(pool)))
            theirs = threads.submit(lambda: _all(other, lambda: None)).result()
            ours = running.result()
    lines = [
        [mine.fault, mine.what, mine.text(), real.text()]
        for mine, real in zip(ours, theirs, strict=True)
    ]
    return Report(
        "Faults in the pool",
        "./moonpool bench pool-faults",
        [],
        _ratios({(figure.fault, figure.what): figure.value for figure in ours}),
        [(__doc__ or "").strip(), table(HEADS, lines)],
    )


def _forget(pool: Pool) -> None:
    """What the master wrote is lost, too."""
    shutil.rmtree(pool.master.spec.folder / "master")


def _ratios(ours: dict[tuple[str, str], float]) -> list[Ratio]:
    two, stopped, master = "owner killed, two copies", "owner stopped", "master killed, back empty"
    return [
        Ratio(f"{two}: failed loads", ours[two, "failed loads of 20"], 0),
        Ratio(f"{stopped}: longest wait, s", ours[stopped, "longest wait"], 0.2),
        Ratio(f"{stopped}: keys back", ours[stopped, "keys back of 20"], OBJECTS, False),
        Ratio(f"{master}: keys back", ours[master, "keys back of 100,000"], KEYS, False),
        Ratio(f"{master}: seconds", ours[master, "until they are"], 3),
    ]


def _all(side: Side, forget: Callable[[], None]) -> list[Figure]:
    try:
        return [
            *_master_killed(side, forget),
            *_owner_stopped(side),
            *_owner_killed_two_copies(side),
            *_owner_killed_one_copy(side),
        ]
    finally:
        side.close()


def _master_killed(side: Side, forget: Callable[[], None]) -> list[Figure]:
    fault = "master killed, back empty"
    side.fill([f"small/{i}" for i in range(KEYS)])
    _until(lambda: side.known() >= KEYS, FILLED_S)
    side.kill_master()
    forget()
    began = time.perf_counter()
    side.start_master()
    ready = time.perf_counter() - began
    after = _until(lambda: side.known() >= KEYS, AGAIN_S)
    return [
        Figure(fault, "keys back of 100,000", float(side.known()), ""),
        Figure(fault, "until they are", after, "s"),
        Figure(fault, "before that, the master's start", ready, "s"),
    ]


def _owner_stopped(side: Side) -> list[Figure]:
    fault = "owner stopped"
    names = _put(side, "stopped", 1)
    side.stop_owner()
    began = time.perf_counter()
    waits: list[float] = []
    while time.perf_counter() - began < STOPPED_S:
        waits.append(timed_load(side, names[len(waits) % OBJECTS])[1])
        time.sleep(PAUSE_S)
    side.continue_owner()
    missing, after = _again(side, names)
    return [
        Figure(fault, "longest wait", max(waits), "s"),
        Figure(fault, "keys back of 20", float(OBJECTS - missing), ""),
        Figure(fault, "until they are", after, "s"),
    ]


def _owner_killed_two_copies(side: Side) -> list[Figure]:
    fault = "owner killed, two copies"
    names = _put(side, "two copies", 2)
    side.kill_owner()
    first = [timed_load(side, name) for name in names]
    failed = [name for name, (came, _) in zip(names, first, strict=True) if not came]
    missing, after = _again(side, failed)
    spent = sum(wait for _, wait in first)
    side.start_owner()
    return [
        Figure(fault, "failed loads of 20", float(len(failed)), ""),
        Figure(fault, "longest wait", max(wait for _, wait in first), "s"),
        Figure(fault, "until all had come", -1.0 if missing else spent + after, "s"),
    ]


def _owner_killed_one_copy(side: Side) -> list[Figure]:
    fault = "owner killed, one copy"
    names = _put(side, "one copy", 1)
    side.kill_owner()
    waits = [timed_load(side, name)[1] for name in names[: OBJECTS // 4]]
    began = time.perf_counter()
    saved: list[bool] = []
    save_waits: list[float] = []
    while time.perf_counter() - began < SAVING_S:
        asked = time.perf_counter()
        saved.append(side.save(f"new/{len(saved)}"))
        save_waits.append(time.perf_counter() - asked)
        time.sleep(SAVE_PACE_S)
    return [
        Figure(fault, "share of saves that failed", saved.count(False) / len(saved), ""),
        Figure(fault, "longest save", max(save_waits), "s"),
        Figure(fault, "longest wait for what is lost", max(waits), "s"),
    ]


def _put(side: Side, case: str, copies: int) -> list[str]:
    names = [f"{case}/{i}" for i in range(OBJECTS)]
    for name in names:
        side.put(name, copies)
    return names


def _again(side: Side, names: list[str]) -> tuple[int, float]:
    """How many never came, and how long it took until all had; negative: never."""
    left = list(names)

    def came() -> bool:
        left[:] = [name for name in left if not side.load(name)]
        return not left

    after = _until(came, AGAIN_S)
    return len(left), after


def _until(true: Callable[[], bool], patience_s: float) -> float:
    """Seconds until it was; negative if it never was."""
    began = time.perf_counter()
    while not true():
        if time.perf_counter() - began > patience_s:
            return -1.0
        time.sleep(PAUSE_S / 2)
    return time.perf_counter() - began


@contextmanager
def _pool(folder: Path) -> Iterator[Pool]:
    with ExitStack() as stack:
        network = stack.enter_context(Network())
        files = stack.enter_context(sidecar_folder())
        spec = MasterSpec(files, place=network.host())
        master = stack.enter_context(Master(spec, folder / "master.log"))
        pool = Pool(network, files, folder, master)
        stack.callback(pool.close)
        for name in ("a", "b"):
            pool.add(name, network.host(), ARENA_BYTES)
        pool.add("c", network.host(), ARENA_BYTES, "--global-segment-size", "0")
        started(list(pool.members.values()))
        pool.joined(len(pool.members))
        yield pool
