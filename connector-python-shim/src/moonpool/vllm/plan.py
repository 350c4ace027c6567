# SPDX-License-Identifier: Apache-2.0
"""What the two halves tell each other, step by step. Bytes instead of objects: it is pickled for
every worker.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from moonpool.protocol.layout import ENTRY
from moonpool.vllm.compat import KVConnectorMetadata, KVConnectorWorkerMetadata

BLOCK_ID = np.dtype("<u4")


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks of one group and the slots of all their shards: block by block, shard by shard."""

    group: int
    ids: bytes
    entries: bytes

    def block_ids(self) -> npt.NDArray[np.uint32]:
        return np.frombuffer(self.ids, BLOCK_ID)

    def shard(self, index: int) -> npt.NDArray[np.void]:
        """The entries of one shard, in block order."""
        count = len(self.ids) // BLOCK_ID.itemsize
        return np.frombuffer(self.entries, ENTRY).reshape(count, -1)[:, index]


@dataclass(frozen=True, slots=True)
class Load:
    """Slots to blocks. An asynchronous one names the request that waits for it."""

    job: int
    request_id: str
    asynchronous: bool
    parts: tuple[Blocks, ...]


@dataclass(frozen=True, slots=True)
class Save:
    """Blocks to slots."""

    job: int
    blocks: Blocks


@dataclass
class StepPlan(KVConnectorMetadata):
    """One step's work for the workers. `sent` are requests whose blocks the engine may free now."""

    step: int
    loads: list[Load] = field(default_factory=list)
    saves: list[Save] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)


@dataclass
class StepReport(KVConnectorWorkerMetadata):
    """One worker's answer, or several workers' added up: counts of ranks by step and by job."""

    steps: dict[int, int] = field(default_factory=dict)
    jobs: dict[int, int] = field(default_factory=dict)
    failed: frozenset[int] = frozenset()
    weights_changed: bool = False

    def aggregate(self, other: "StepReport") -> "StepReport":
        return StepReport(
            steps=_added(self.steps, other.steps),
            jobs=_added(self.jobs, other.jobs),
            failed=self.failed | other.failed,
            weights_changed=self.weights_changed or other.weights_changed,
        )


def _added(one: dict[int, int], other: dict[int, int]) -> dict[int, int]:
    total = dict(one)
    for key, count in other.items():
        total[key] = total.get(key, 0) + count
    return total
