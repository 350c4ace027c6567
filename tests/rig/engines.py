"""Real vLLM engines as processes, driven by JSON lines.

    spec = EngineSpec(python=environment.python, model=models / "mha", kv_transfer_config={...})
    with Engine(spec, log) as engine:              # started in its own process group, dies with us
        cold = engine.generate(prompt(seed=1, length=4000))        # one prompt: one Result
        both = engine.generate_all([Request(p), Request(q, abort_after_steps=3)])
        pending = engine.submit([Request(p)])      # does not wait: kill or stop something meanwhile
        pending.results()
        engine.reset()                             # the engine's own prefix cache
        engine.reset(connector=True)               # and what the connector saved
        engine.blocks()                            # {"free", "total", "cached"} of the block pool
        engine.digests()                           # SHA-256 of cached blocks by "group:hash"
        engine.metrics("mooncake_store", operation="load_get")     # summed over other labels
        engine.kill()                              # SIGKILL to all its processes

Every wait has a deadline; a missed one kills the engine and raises with the tail of its log. Two
results are the same answer when `same_answer` says so: tokens and all logprobs equal to the last
bit.
"""

import json
import os
import random
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from rig import shared_memory
from rig.commands import tail
from rig.errors import RigError
from rig.json_lines import JsonLines
from rig.paths import PROBE_PLUGIN, SHIM_SOURCE, TESTS
from rig.place import HERE, Place
from rig.reaper import Reaper, kill_group

START_TIMEOUT_S = 240.0
CALL_TIMEOUT_S = 180.0
VOCABULARY = (10, 250)
WORKER = Path(__file__).with_name("engine_worker.py")
QUIET_CPU = {
    "PYTHONHASHSEED": "0",
    "VLLM_HOST_IP": "127.0.0.1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "OMP_NUM_THREADS": "1",
    # Nothing here is compiled but a helper of the sampler: five seconds and a C++ compiler that no
    # test needs.
    "TORCHDYNAMO_DISABLE": "1",
}


class EngineError(RigError):
    """The engine died, was too slow, or refused a command."""


def prompt(seed: int, length: int, shared: Sequence[int] = ()) -> list[int]:
    """Token ids drawn from a seed, after a shared prefix if one is given."""
    draw = random.Random(seed)
    return [*shared, *(draw.randrange(*VOCABULARY) for _ in range(length - len(shared)))]


@dataclass(frozen=True)
class EngineSpec:
    """How to start one engine. `llm` goes to vllm.LLM last: it overrides anything here."""

    python: Path
    model: Path
    kv_transfer_config: Mapping[str, Any] | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    llm: Mapping[str, Any] = field(default_factory=dict)
    tensor_parallel: int = 1
    kv_blocks: int | None = None
    kv_space_gib: int = 1
    max_model_len: int = 8192
    in_process: bool = False
    place: Place = HERE

    def settings(self) -> dict[str, Any]:
        base: dict[str, Any] = {
            "model": str(self.model),
            "skip_tokenizer_init": True,
            "enforce_eager": True,
            "dtype": "bfloat16",
            "enable_prefix_caching": True,
            "seed": 0,
            "max_model_len": self.max_model_len,
            "tensor_parallel_size": self.tensor_parallel,
            "disable_log_stats": False,
            "worker_extension_cls": "rig.engine_probe.WorkerProbe",
        }
        optional = {
            "kv_transfer_config": self.kv_transfer_config,
            "num_gpu_blocks_override": self.kv_blocks,
        }
        return base | {k: v for k, v in optional.items() if v is not None} | dict(self.llm)

    def environment(self) -> dict[str, str]:
        paths = [str(SHIM_SOURCE), str(TESTS), str(PROBE_PLUGIN)]
        extra = self.environ.get("PYTHONPATH", os.environ.get("PYTHONPATH"))
        base = {
            "VLLM_CPU_KVCACHE_SPACE": str(self.kv_space_gib),
            "VLLM_ENABLE_V1_MULTIPROCESSING": "0" if self.in_process else "1",
        }
        joined = {"PYTHONPATH": os.pathsep.join([*paths, extra] if extra else paths)}
        return dict(os.environ) | QUIET_CPU | base | dict(self.environ) | joined


@dataclass(frozen=True)
class Request:
    """One prompt and how to end it; aborts count from the batch's start."""

    prompt: Sequence[int]
    max_tokens: int = 4
    cache_salt: str | None = None
    lora: Mapping[str, Any] | None = None
    kv_transfer_params: Mapping[str, Any] | None = None
    abort_after_s: float | None = None
    abort_after_steps: int | None = None
    abort_after_tokens: int | None = None

    def order(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class Result:
    """What the engine answered. `ttft_s` runs from hand-over to the first token, seen from the
    front end.
    """

    aborted: bool
    ttft_s: float | None
    cached: int = 0
    tokens: tuple[int, ...] = ()
    logprobs: tuple[tuple[tuple[int, float], ...], ...] = ()
    finish_reason: str | None = None

    @staticmethod
    def parse(answer: dict[str, Any]) -> "Result":
        steps = answer.pop("logprobs", [])
        logprobs = tuple(tuple((int(t), float(p)) for t, p in step) for step in steps)
        cached = answer.pop("cached", 0) or 0
        tokens = tuple(answer.pop("tokens", ()))
        return Result(cached=cached, tokens=tokens, logprobs=logprobs, **answer)

    def same_answer(self, other: "Result") -> bool:
        """Equal tokens and logprobs, to the last bit; an answer without logprobs equals nothing."""
        return bool(self.logprobs) and (self.tokens, self.logprobs) == (
            other.tokens,
            other.logprobs,
        )


class Engine:
    """One engine process and what it started."""

    def __init__(
        self, spec: EngineSpec, log: Path, start_timeout_s: float = START_TIMEOUT_S
    ) -> None:
        self.spec = spec
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a") as sink:
            self._process = Reaper.shared().start(
                spec.place.command([str(spec.python), str(WORKER), json.dumps(spec.settings())]),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                env=spec.environment(),
            )
        self._lines = JsonLines(self._process)
        self._start_timeout_s = start_timeout_s
        self.ready_s: float | None = None
        self._shared: frozenset[Path] = frozenset()

    @property
    def pid(self) -> int:
        """The process group's leader."""
        return self._process.pid

    def wait_ready(self) -> "Engine":
        """Wait for the engine to serve; starting several before the first wait overlaps their
        starts.
        """
        if self.ready_s is None:
            self.ready_s = float(self._receive(self._start_timeout_s)["ready_s"])
            self._shared = shared_memory.held_by(self.pid)
        return self

    def generate(self, ids: Sequence[int], max_tokens: int = 4, **options: Any) -> Result:
        return self.generate_all([Request(ids, max_tokens, **options)])[0]

    def generate_all(
        self, requests: Sequence[Request], timeout_s: float = CALL_TIMEOUT_S
    ) -> list[Result]:
        return self.submit(requests).results(timeout_s)

    def submit(self, requests: Sequence[Request]) -> "Pending":
        """Hand over a batch without waiting for it. One batch at a time."""
        self._send("generate", {"requests": [request.order() for request in requests]})
        return Pending(self)

    def reset(self, connector: bool = False, running: bool = False) -> bool:
        return bool(self.command("reset", connector=connector, running=running)["reset"])

    def metrics(self, contains: str = "", **labels: str) -> dict[str, float]:
        """Prometheus metrics by name, summed over the series that bear these labels."""
        totals: dict[str, float] = {}
        for name, borne, value in self.command("metrics", contains=contains)["series"]:
            if labels.items() <= borne.items():
                totals[name] = totals.get(name, 0.0) + value
        return totals

    def blocks(self) -> dict[str, int]:
        return self.command("blocks")

    def digests(self) -> list[dict[str, str]]:
        """One table per worker (tensor-parallel rank)."""
        return list(self.command("digests")["workers"])

    def negate(self, index: int, group: int = 0, layer: int = 0) -> dict[str, Any]:
        """Negate the index-th cached block of a group in one layer, on every rank; again restores
        it.
        """
        return self.command("negate", index=index, group=group, layer=layer)

    def call(self, method: str, *arguments: Any, **options: Any) -> Any:
        """A method of vllm.LLM, such as sleep or wake_up."""
        return self.command("call", method=method, arguments=arguments, options=options)["answer"]

    def command(self, name: str, **arguments: Any) -> dict[str, Any]:
        self._send(name, arguments)
        return self._receive(CALL_TIMEOUT_S)

    def signal(self, number: int) -> None:
        """To every process of the engine; SIGSTOP and SIGCONT included."""
        kill_group(self.pid, number)

    def kill(self) -> None:
        """SIGKILL, to all processes at once."""
        Reaper.shared().end(self._process)
        shared_memory.remove(self._shared)

    def close(self, timeout_s: float = 30.0) -> None:
        """Ask the engine to end, then make sure of it."""
        self._lines.close_input()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
        self.kill()

    def __enter__(self) -> "Engine":
        try:
            return self.wait_ready()
        except BaseException:
            self.kill()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close() if kind is None else self.kill()

    def _send(self, name: str, arguments: Mapping[str, Any]) -> None:
        self.wait_ready()
        self._lines.send({**arguments, "command": name})

    def _receive(self, timeout_s: float) -> dict[str, Any]:
        try:
            answer = self._lines.receive(timeout_s)
        except (EOFError, TimeoutError) as error:
            self.kill()
            raise EngineError(
                f"engine: {error}; its log {self.log} ends:\n{tail(self.log)}"
            ) from error
        if "error" in answer:
            raise EngineError(
                f"engine: {answer['error']}; its log {self.log} ends:\n{tail(self.log)}"
            )
        return answer


@dataclass(frozen=True)
class Pending:
    """A batch that runs."""

    engine: Engine

    def results(self, timeout_s: float = CALL_TIMEOUT_S) -> list[Result]:
        answer = self.engine._receive(timeout_s)
        return [Result.parse(result) for result in answer["results"]]
