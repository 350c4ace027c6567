"""The engines of the cases by name: started when first asked for, at most two at a time."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rig.commands import tail
from rig.engines import Engine, EngineSpec

from e2e.host import Host
from e2e.journal import Journal
from e2e.references import ContinuationReferences, References
from e2e.station import Station

LIVING_MAX = 2
CONNECTOR: dict[str, Any] = {
    "kv_connector": "MooncakeStoreConnector",
    "kv_connector_module_path": "moonpool.vllm",
    "kv_role": "kv_both",
}
# The shim's deadlines fit a machine of its own; two busy cores would turn hits into misses, which
# are right but test less.
PATIENT = {"moonpool.lookup_deadline_ms": 3000, "moonpool.intend_deadline_ms": 3000}


@dataclass(frozen=True)
class Plan:
    """How an engine of a name is started, and what it is compared to."""

    shape: str
    ranks: int = 1
    kv_blocks: int | None = None
    max_model_len: int = 8192
    references: type[References] = References
    block_tokens: int = 128
    environ: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    llm: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sessions(self) -> int:
        """A scheduler and its workers."""
        return 1 + self.ranks


PLANS = {
    "mha": Plan("mha"),
    "mha-second": Plan("mha"),
    "mha-adapters": Plan("mha", llm={"enable_lora": True, "max_lora_rank": 8, "max_loras": 2}),
    "gqa": Plan("gqa"),
    "gqa-pair": Plan("gqa", ranks=2, kv_blocks=19, max_model_len=2048),
    "swa": Plan("swa"),
    # Without AMX, vLLM's MLA on CPU has blocks of 16 tokens and no prefix cache.
    "mla": Plan("mla", references=ContinuationReferences, block_tokens=16),
}


def engine_spec(
    model: Path, plan: Plan, environ: Mapping[str, str], python: Path = Path(sys.executable)
) -> EngineSpec:
    transfer = CONNECTOR | {"kv_connector_extra_config": PATIENT | dict(plan.extra)}
    return EngineSpec(
        python=python,
        model=model,
        kv_transfer_config=transfer,
        environ={**environ, **plan.environ},
        tensor_parallel=plan.ranks,
        kv_blocks=plan.kv_blocks,
        max_model_len=plan.max_model_len,
        llm=plan.llm,
    )


class Fleet:
    """Owns the engines."""

    def __init__(self, models: Path, host: Host, logs: Path, journal: Journal) -> None:
        self._models = models
        self._host = host
        self._logs = logs
        self._journal = journal
        self._living: dict[str, Station] = {}

    def start(self, name: str) -> Station:
        """The engine of that name, attached or not."""
        if name not in self._living:
            while len(self._living) >= LIVING_MAX:
                self.end(next(iter(self._living)))
            self._living[name] = self._started(name)
        return self._living[name]

    def station(self, name: str) -> Station:
        """The engine of that name, attached."""
        station = self.start(name)
        self._host.attached(self.sessions())
        return station

    def sessions(self) -> int:
        return sum(PLANS[name].sessions for name in self._living)

    def lost(self, name: str) -> None:
        """The engine was killed by a case."""
        self._living.pop(name).engine.kill()

    def end(self, name: str) -> None:
        self._living.pop(name).engine.close()

    def close(self) -> None:
        for name in list(self._living):
            self.end(name)

    def log_tails(self) -> list[tuple[str, str]]:
        logs = [self._host.sidecar.log, *(station.engine.log for station in self._living.values())]
        return [(f"end of {log.name}", tail(log)) for log in logs]

    def _started(self, name: str) -> Station:
        plan = PLANS[name]
        spec = engine_spec(self._models / plan.shape, plan, self._host.sidecar.environ)
        engine = Engine(spec, self._logs / f"{name}-{len(self._journal.engine_starts)}.log")
        engine.__enter__()
        self._journal.started(name)
        references = plan.references(engine, plan.block_tokens)
        return Station(name, engine, self._host, references, self._journal)
