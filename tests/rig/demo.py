"""`./moonpool demo`: a real engine saves its KV cache to the sidecar, is killed, and another one
loads it.
"""

import signal
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from rig import environment, launcher, models, preconditions
from rig.arena import committed_slots, flip_byte
from rig.demo_report import Report
from rig.engines import Engine, EngineSpec, Result, prompt
from rig.errors import RigError
from rig.paths import cache_dir
from rig.progress import Progress, Step
from rig.reaper import Reaper
from rig.sidecar import Sidecar, SidecarSpec, sidecar_folder

PROMPT_TOKENS = 4000
SEED = 1
WARM_UP = prompt(seed=0, length=300)
ARENA_BYTES = 1 << 30
CONNECTOR = {
    "kv_connector": "MooncakeStoreConnector",
    "kv_connector_module_path": "moonpool.vllm",
    "kv_role": "kv_both",
}
CORRUPT_COUNTER = "moonpool_blocks_corrupt_total"
STORED_COUNTER = "moonpool_blocks_stored_total"
SESSIONS_COUNTER = "moonpool_sessions_opened_total"
BLOCK_TOKENS = 128


def main(arguments: list[str]) -> int:
    """Returns 0 only if everything was loaded, and equal."""
    if arguments:
        raise RigError(f"unknown argument {arguments[0]!r}; the demo takes none")
    signal.signal(signal.SIGTERM, _interrupt)
    progress = Progress()
    preconditions.check(environment.ready(environment.located()))
    made = environment.prepare(progress)
    shapes = models.prepare(made, progress)
    launcher.build()
    with Reaper.shared().folder("moonpool-demo-") as logs, sidecar_folder() as folder:
        try:
            report = _Demo(made.python, shapes / "mha", folder, logs, progress).run()
        except RigError:
            _keep_logs(logs)
            raise
    print(report.table())
    for problem in report.problems():
        print(f"moonpool demo: {problem}", file=sys.stderr)
    return 1 if report.problems() else 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _keep_logs(logs: Path) -> None:
    """The last failure's logs; the demo's own folder goes away."""
    kept = cache_dir() / "demo-logs"
    kept.mkdir(parents=True, exist_ok=True)
    for log in logs.iterdir():
        (kept / log.name).write_bytes(log.read_bytes())


@dataclass(frozen=True)
class _Demo:
    """The demo's steps, in order."""

    python: Path
    model: Path
    folder: Path
    logs: Path
    progress: Progress

    def run(self) -> Report:
        ids = prompt(SEED, PROMPT_TOKENS)
        with self._step("sidecar"):
            sidecar = Sidecar(SidecarSpec(self.folder, ARENA_BYTES), self.logs / "sidecar.log")
            sidecar.start()
        try:
            cold, own = self._first_engine(sidecar, ids)
            return self._second_engine(sidecar, ids, cold, own)
        finally:
            sidecar.kill()

    def _first_engine(self, sidecar: Sidecar, ids: list[int]) -> tuple[Result, Result]:
        """Cold, then from its own prefix cache; killed as soon as the pool has the prompt."""
        engine = self._engine(sidecar, "A")
        try:
            with self._step("engine A starts"):
                self._warm(engine, sidecar, sessions=2)
            with self._step(f"engine A: {PROMPT_TOKENS} tokens, cold and from its own cache"):
                cold, own = engine.generate(ids), engine.generate(ids)
            with self._step("the pool stores what engine A computed"):
                sidecar.wait_for(STORED_COUNTER, PROMPT_TOKENS // BLOCK_TOKENS)
        finally:
            engine.kill()
        self.progress.say("engine A: killed with SIGKILL")
        return cold, own

    def _second_engine(self, sidecar: Sidecar, ids: list[int], cold: Result, own: Result) -> Report:
        engine = self._engine(sidecar, "B")
        try:
            with self._step("engine B starts"):
                self._warm(engine, sidecar, sessions=4)
            with self._step(f"engine B: the same {PROMPT_TOKENS} tokens, from the pool"):
                before = _loaded_bytes(engine)
                pool = engine.generate(ids)
                moved = _loaded_bytes(engine) - before
            with self._step("engine B: again, with one byte of the pool flipped"):
                misses, spoiled = self._spoil(sidecar, engine, ids)
        finally:
            engine.kill()
        return Report(PROMPT_TOKENS, cold, own, pool, moved, spoiled, misses)

    def _spoil(self, sidecar: Sidecar, engine: Engine, ids: list[int]) -> tuple[int, Result]:
        """Negative control: the block in the prompt's middle must become a miss that is counted."""
        before = sidecar.counters().get(CORRUPT_COUNTER, 0.0)
        arena = sidecar.arena_path()
        middle = PROMPT_TOKENS // 2 // BLOCK_TOKENS
        for slot in committed_slots(arena):
            if slot.position == middle:
                flip_byte(arena, slot)
        engine.reset()
        spoiled = engine.generate(ids)
        return int(sidecar.counters().get(CORRUPT_COUNTER, 0.0) - before), spoiled

    def _warm(self, engine: Engine, sidecar: Sidecar, sessions: int) -> None:
        """Started, attached with scheduler and worker, and past the first request's set-up."""
        engine.wait_ready()
        sidecar.wait_for(SESSIONS_COUNTER, sessions)
        engine.generate(WARM_UP, max_tokens=1)

    def _engine(self, sidecar: Sidecar, name: str) -> Engine:
        spec = EngineSpec(
            self.python, self.model, kv_transfer_config=CONNECTOR, environ=sidecar.environ
        )
        return Engine(spec, self.logs / f"engine-{name}.log")

    def _step(self, name: str) -> AbstractContextManager[Step]:
        return self.progress.step(name)


def _loaded_bytes(engine: Engine) -> float:
    """What the connector's own metric says of the bytes it loaded."""
    name = "vllm:mooncake_store_operation_bytes"
    totals = engine.metrics(name, operation="load_get")
    return next(iter(totals.values()), 0.0)
