"""One real vLLM engine behind JSON lines: commands on stdin, one answer per command on what was
stdout.

Run by rig.engines with one argument, the engine's settings as JSON. A command that fails answers
{"error": ...}; the engine goes on. Prompts are token ids, logprobs are the engine's own numbers,
unrounded.
"""

import ctypes
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TextIO

PR_SET_PDEATHSIG = 1
LOGPROBS = 5


@dataclass
class Run:
    """One request in flight."""

    order: dict[str, Any]
    started: float
    ttft_s: float | None = None
    output: Any = None
    aborted: bool = False
    finished: bool = False

    def take(self, output: Any) -> None:
        if self.ttft_s is None and output.outputs[0].token_ids:
            self.ttft_s = time.perf_counter() - self.started
        self.output = output
        self.finished = output.finished

    def result(self) -> dict[str, Any]:
        answer = {"aborted": self.aborted, "ttft_s": self.ttft_s}
        if self.output is None:
            return answer
        completion = self.output.outputs[0]
        return answer | {
            "cached": self.output.num_cached_tokens,
            "tokens": list(completion.token_ids),
            "logprobs": [_by_token(step) for step in completion.logprobs or []],
            "finish_reason": completion.finish_reason,
        }


def _by_token(step: dict[int, Any]) -> list[list[Any]]:
    return sorted([int(token), entry.logprob] for token, entry in step.items())


@dataclass
class Driver:
    """Answers commands with one LLM."""

    llm: Any
    requests: int = 0
    runs: dict[str, Run] = field(default_factory=dict)

    def answer(self, command: dict[str, Any]) -> dict[str, Any]:
        actions: dict[str, Callable[..., dict[str, Any]]] = {
            "generate": self.generate,
            "reset": self.reset,
            "metrics": self.metrics,
            "blocks": self.blocks,
            "digests": self.digests,
            "negate": self.negate,
            "call": self.call,
        }
        name = command.pop("command")
        return actions[name](**command)

    def generate(self, requests: list[dict[str, Any]]) -> dict[str, Any]:
        """Run a batch to its end; each request may be aborted: by seconds, steps, tokens."""
        started = time.perf_counter()
        self.runs = {}
        for order in requests:
            self._add(order)
        self._abort_by_time(started)
        steps = 0
        self._abort_due(steps)
        while self.llm.llm_engine.has_unfinished_requests():
            for output in self.llm.llm_engine.step():
                self.runs[output.request_id].take(output)
            steps += 1
            self._abort_due(steps)
        seconds = time.perf_counter() - started
        results = [run.result() for run in self.runs.values()]
        return {"seconds": seconds, "results": results}

    def reset(self, connector: bool = False, running: bool = False) -> dict[str, Any]:
        done = self.llm.reset_prefix_cache(
            reset_running_requests=running, reset_connector=connector
        )
        return {"reset": bool(done)}

    def metrics(self, contains: str = "") -> dict[str, Any]:
        """The engine's Prometheus series as [name, labels, value]; histograms as sum and count."""
        series = [
            [metric.name + suffix, metric.labels, value]
            for metric in self.llm.get_metrics()
            for suffix, value in _values(metric)
            if contains in metric.name
        ]
        return {"series": series}

    def blocks(self) -> dict[str, Any]:
        return dict(self._core("rig_blocks"))

    def digests(self) -> dict[str, Any]:
        """SHA-256 of every cached block's bytes, one table per worker."""
        cached = self._core("rig_cached")
        return {"workers": self.llm.collective_rpc("rig_digests", args=(cached,))}

    def negate(self, index: int, group: int = 0, layer: int = 0) -> dict[str, Any]:
        """Negate one cached block in one layer, on every worker; the same call restores it."""
        cached = sorted(block_id for g, _, block_id in self._core("rig_cached") if g == group)
        block_id = cached[index]
        names = self.llm.collective_rpc("rig_negate", args=(group, block_id, layer))
        return {"block_id": block_id, "layer": names[0], "cached": len(cached)}

    def call(self, method: str, arguments: list[Any], options: dict[str, Any]) -> dict[str, Any]:
        """Any other method of vllm.LLM whose answer is JSON."""
        return {"answer": getattr(self.llm, method)(*arguments, **options)}

    def _core(self, method: str) -> Any:
        client = self.llm.llm_engine.engine_core
        if hasattr(client, "call_utility"):
            return client.call_utility(method)
        return getattr(client.engine_core, method)()

    def _add(self, order: dict[str, Any]) -> None:
        self.requests += 1
        name = f"rig-{self.requests}"
        prompt: dict[str, Any] = {"prompt_token_ids": order["prompt"]}
        if "cache_salt" in order:
            prompt["cache_salt"] = order["cache_salt"]
        self.runs[name] = Run(order, time.perf_counter())
        self.llm.llm_engine.add_request(name, prompt, _sampling(order), lora_request=_lora(order))

    def _abort_by_time(self, started: float) -> None:
        timed = [
            (r.order["abort_after_s"], n)
            for n, r in self.runs.items()
            if "abort_after_s" in r.order
        ]
        for after_s, name in sorted(timed):
            time.sleep(max(0.0, started + after_s - time.perf_counter()))
            self._abort(name)

    def _abort_due(self, steps: int) -> None:
        for name, run in self.runs.items():
            if not (run.aborted or run.finished) and _abort_is_due(run, steps):
                self._abort(name)

    def _abort(self, name: str) -> None:
        self.runs[name].aborted = True
        self.llm.llm_engine.abort_request([name])


def _abort_is_due(run: Run, steps: int) -> bool:
    tokens = len(run.output.outputs[0].token_ids) if run.output else 0
    enough_steps = steps >= run.order.get("abort_after_steps", sys.maxsize)
    enough_tokens = tokens >= run.order.get("abort_after_tokens", sys.maxsize)
    return bool(enough_steps or enough_tokens)


def _sampling(order: dict[str, Any]) -> Any:
    from vllm import SamplingParams

    parameters = order.get("kv_transfer_params")
    return SamplingParams(
        max_tokens=order.get("max_tokens", 4),
        temperature=0,
        ignore_eos=True,
        detokenize=False,
        logprobs=order.get("logprobs", LOGPROBS),
        extra_args={"kv_transfer_params": parameters} if parameters else None,
    )


def _lora(order: dict[str, Any]) -> Any:
    from vllm.lora.request import LoRARequest

    return LoRARequest(**order["lora"]) if "lora" in order else None


def _values(metric: Any) -> list[tuple[str, float]]:
    if hasattr(metric, "value"):
        return [("", metric.value)]
    if hasattr(metric, "sum"):
        return [("_count", metric.count), ("_sum", metric.sum)]
    return []


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _start(settings: dict[str, Any]) -> Any:
    from vllm import LLM
    from vllm.config import KVTransferConfig

    transfer = settings.pop("kv_transfer_config", None)
    if transfer is not None:
        settings["kv_transfer_config"] = KVTransferConfig(**transfer)
    return LLM(**settings)


def _serve(driver: Driver, answers: TextIO) -> None:
    for line in sys.stdin:
        try:
            answer = driver.answer(json.loads(line))
        except Exception as error:
            traceback.print_exc()
            answer = {"error": repr(error)}
        answers.write(json.dumps(answer) + "\n")


def main() -> None:
    _die_with_parent()
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever else prints goes to the log
    started = time.perf_counter()
    llm = _start(json.loads(sys.argv[1]))
    ready = {"ready_s": time.perf_counter() - started, "pid": os.getpid()}
    answers.write(json.dumps(ready) + "\n")
    _serve(Driver(llm), answers)


if __name__ == "__main__":
    main()
