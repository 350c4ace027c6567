"""Two hosts, one pool: a prompt prefilled on one is loaded on the other.

    ./examples/two-hosts/run [--tokens 4000]

The hosts are network namespaces joined by a switch: everything between them goes through TCP. Each
has a sidecar and a real vLLM engine; a third has the master. All of it is gone afterwards.
"""

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from rig import environment, hosts, launcher, models, preconditions
from rig.engines import Engine, EngineSpec, prompt
from rig.errors import RigError
from rig.hosts import Host, Network
from rig.master import Master, MasterSpec
from rig.progress import Progress
from rig.reaper import Reaper
from rig.sidecar import Sidecar, SidecarSpec, sidecar_folder

BLOCK_TOKENS = 128
ARENA_BYTES = 512 << 20
ATTEMPTS = 3
CONNECTOR = {
    "kv_connector": "MooncakeStoreConnector",
    "kv_connector_module_path": "moonpool.vllm",
    # Engines on a machine of their own need no such patience: here eight processes share its cores.
    "kv_connector_extra_config": {"moonpool.lookup_deadline_ms": 3000},
}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tokens", type=int, default=4000, help="length of the prompt")
    tokens = options.parse_args().tokens
    progress = Progress()
    preconditions.check(environment.ready(environment.located()), hosts=True)
    hosts.prepare(progress)
    made = environment.prepare(progress)
    model = models.prepare(made, progress) / "mha"
    launcher.build()
    with ExitStack() as stack:
        scene = Scene(stack, made.python, model, progress)
        return scene.play(prompt(seed=1, length=tokens))


class Scene:
    """A master on a host of its own, and two hosts with a sidecar and an engine each."""

    def __init__(self, stack: ExitStack, python: Path, model: Path, progress: Progress) -> None:
        self._stack = stack
        self._python = python
        self._model = model
        self._progress = progress
        self._network = stack.enter_context(Network())
        self._logs = stack.enter_context(Reaper.shared().folder("moonpool-two-hosts-"))

    def play(self, ids: list[int]) -> int:
        whole = (len(ids) - 1) // BLOCK_TOKENS * BLOCK_TOKENS
        with self._progress.step("a master and two sidecars"):
            master = self._master()
            (here, one), (there, other) = self._sidecar(master, "a"), self._sidecar(master, "b")
        with self._progress.step("a prefill engine on host a, a decode engine on host b"):
            prefill = self._engine(here, one, "kv_producer")
            decode = self._engine(there, other, "kv_consumer")
            self._wait(lambda: _sessions(one) and _sessions(other), "the engines are attached")
        with self._progress.step(f"host a: {len(ids)} tokens, cold, then as its own hit"):
            cold, own = prefill.generate(ids), prefill.generate(ids)
        with self._progress.step("the pool learns of what host a computed"):
            blocks = len(ids) // BLOCK_TOKENS
            self._wait(lambda: _keys(master) >= blocks, "every block is known")
        for _ in range(ATTEMPTS):
            loaded = decode.generate(ids)
            if loaded.cached >= whole:
                break
            decode.reset()
        rows = [
            ("prompt", f"{len(ids)} tokens"),
            (f"host a ({here.address}): first token, cold", f"{cold.ttft_s:.3f} s"),
            (f"host a ({here.address}): first token, own cache", f"{own.ttft_s:.3f} s"),
            (f"host b ({there.address}): first token, from host a", f"{loaded.ttft_s:.3f} s"),
            ("tokens loaded over the network", str(loaded.cached)),
            ("logprobs equal to host a's own hit, to the bit", _said(loaded.same_answer(own))),
        ]
        print("\n".join(f"{name:<52} {value}" for name, value in rows))
        return 0 if loaded.cached >= whole and loaded.same_answer(own) else 1

    def _master(self) -> Master:
        folder = self._stack.enter_context(sidecar_folder())
        spec = MasterSpec(folder, place=self._network.host())
        return self._stack.enter_context(Master(spec, self._logs / "master.log"))

    def _sidecar(self, master: Master, name: str) -> tuple[Host, Sidecar]:
        host = self._network.host()
        folder = self._stack.enter_context(sidecar_folder())
        spec = SidecarSpec(folder, ARENA_BYTES, ("--master", master.rpc), place=host)
        return host, self._stack.enter_context(Sidecar(spec, self._logs / f"{name}.log"))

    def _engine(self, host: Host, sidecar: Sidecar, role: str) -> Engine:
        spec = EngineSpec(
            self._python,
            self._model,
            kv_transfer_config=CONNECTOR | {"kv_role": role},
            environ=sidecar.environ,
            place=host,
        )
        engine = Engine(spec, self._logs / f"{role}.log")
        self._stack.callback(engine.kill)
        return engine

    @staticmethod
    def _wait(done: Callable[[], bool], what: str, timeout_s: float = 240) -> None:
        deadline = time.monotonic() + timeout_s
        while not done():
            if time.monotonic() > deadline:
                raise RigError(f"not within {timeout_s:.0f} s: {what}")
            time.sleep(0.1)


def _sessions(sidecar: Sidecar) -> bool:
    """A scheduler and a worker."""
    return sidecar.counters().get("moonpool_sessions_opened_total", 0) >= 2


def _keys(master: Master) -> int:
    lines = master.get("/metrics").splitlines()
    return int(
        float(next(line for line in lines if line.startswith("master_key_count ")).split()[1])
    )


def _said(fine: bool) -> str:
    return "yes" if fine else "NO"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RigError as error:
        sys.exit(f"two-hosts: {error}")
