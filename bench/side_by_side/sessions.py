# SPDX-License-Identifier: Apache-2.0
"""A session with a real sidecar, without an engine: for benchmarks of the protocol and of the
copies.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from moonpool.client.events import Committed, Event, IntendAnswered, LookupAnswered
from moonpool.client.scheduler import SchedulerSession
from moonpool.client.spec import (
    AttachSpec,
    GroupKeys,
    GroupKind,
    HashVector,
    KvGroup,
    Namespace,
    Role,
    Shard,
)
from moonpool.client.worker import WorkerSession
from moonpool.protocol.layout import ENTRY

BLOCK_TOKENS = 16
WAIT_S = 30.0
_LOG = logging.getLogger("moonpool.bench")
_E = TypeVar("_E", bound=Event)


def block_hashes(seed: str, count: int) -> bytes:
    """Hashes as an engine would chain them; only their being different matters here."""
    return b"".join(hashlib.sha256(f"{seed}/{i}".encode()).digest() for i in range(count))


def attach_spec(engine: str, role: Role, slot_bytes: int) -> AttachSpec:
    canonical = f'{{"bench":{slot_bytes}}}'
    group = KvGroup(0, GroupKind.FULL, BLOCK_TOKENS, (Shard(0, 1, 0, 1, slot_bytes),))
    return AttachSpec(
        client="moonpool-bench",
        engine_id=engine,
        role=role,
        rank=0,
        world_size=1,
        tenant="default",
        namespace=Namespace(hashlib.sha256(canonical.encode()).digest(), canonical, "bench"),
        groups=(group,),
        hash_vector=HashVector("sha256", 32, BLOCK_TOKENS, bytes(32)),
    )


@dataclass
class Bench:
    """One engine's two sessions in this process."""

    scheduler: SchedulerSession
    worker: WorkerSession

    @staticmethod
    def attach(socket: Path, slot_bytes: int, engine: str = "bench") -> Bench:
        bench = Bench(
            SchedulerSession(
                attach_spec(engine, Role.SCHEDULER, slot_bytes), socket_path=str(socket), log=_LOG
            ),
            WorkerSession(
                attach_spec(engine, Role.WORKER, slot_bytes), socket_path=str(socket), log=_LOG
            ),
        )
        bench.scheduler.start()
        bench.worker.start()
        bench._until(bench._attached)
        return bench

    def close(self) -> None:
        self.scheduler.close()
        self.worker.close()

    def store(self, hashes: bytes, fill: Callable[[np.ndarray], None] | None = None) -> int:
        """Save blocks of these hashes; `fill` copies into their entries. Returns how many stay."""
        stored, parent, position = 0, None, 0
        for start in range(0, len(hashes), 32 * 256):
            run = hashes[start : start + 32 * 256]
            job = self.scheduler.intend(0, position, parent, run)
            if job is None:
                raise RuntimeError("intend was not sent: the session is not usable")
            answer = self.next(IntendAnswered)
            entries = np.frombuffer(answer.entries, dtype=ENTRY)
            if fill is not None:
                with self.worker.copying():
                    fill(entries)
            self.scheduler.commit(job, b"\xff" * ((len(entries) + 7) // 8))
            stored += self.next(Committed).stored if len(entries) else 0
            parent, position = run[-32:], position + len(run) // 32
        return stored

    def lookup(self, hashes: bytes) -> LookupAnswered:
        tokens = len(hashes) // 32 * BLOCK_TOKENS
        keys = (GroupKeys(0, 0, hashes),)
        job = self.scheduler.lookup(
            keys, local_tokens=0, max_tokens=tokens, align_tokens=BLOCK_TOKENS
        )
        if job is None:
            raise RuntimeError("lookup was not sent: the session is not usable")
        return self.next(LookupAnswered)

    def next(self, kind: type[_E]) -> _E:
        """The next event of this kind; sleeps on the doorbell meanwhile, as the connector does."""
        deadline = time.perf_counter() + WAIT_S
        while time.perf_counter() < deadline:
            for event in self.scheduler.poll():
                if isinstance(event, kind):
                    return event
            self.scheduler.wait(deadline - time.perf_counter())
        raise TimeoutError(f"no {kind.__name__} within {WAIT_S} s")

    def _attached(self) -> bool:
        self.scheduler.poll()
        return self.scheduler.usable and self.worker.arena is not None

    def _until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_S
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError("the session did not attach: is the sidecar running?")
            time.sleep(0.01)
