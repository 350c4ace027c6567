# SPDX-License-Identifier: Apache-2.0
"""Statistics: the stock connector's Prometheus names, so that dashboards go on, and ours with
`vllm:moonpool_`.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vllm.distributed.kv_transfer.kv_connector.v1.metrics import KVConnectorStats

try:
    from vllm.distributed.kv_transfer.kv_connector.v1.metrics import KVConnectorPromMetrics
except ImportError:  # engines that publish no connector metrics
    KVConnectorPromMetrics = object  # type: ignore[assignment, misc]

OPERATIONS = "operations"
COUNTS = "counts"
TIME_BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)


@dataclass
class MoonpoolStats(KVConnectorStats):
    """What happened since the last report, of one process or several. `data` holds plain values
    only.
    """

    def __post_init__(self) -> None:
        if not self.data:
            self.reset()

    def reset(self) -> None:
        self.data: dict[str, Any] = {OPERATIONS: {}, COUNTS: {}}

    def is_empty(self) -> bool:
        return not self.data[OPERATIONS] and not self.data[COUNTS]

    def aggregate(self, other: KVConnectorStats) -> KVConnectorStats:
        for name, records in other.data[OPERATIONS].items():
            self.data[OPERATIONS].setdefault(name, []).extend(records)
        for name, count in other.data[COUNTS].items():
            self.data[COUNTS][name] = self.data[COUNTS].get(name, 0) + count
        return self

    def reduce(self) -> dict[str, int | float]:
        """One line of the periodic log."""
        line: dict[str, int | float] = {}
        for name, records in sorted(self.data[OPERATIONS].items()):
            times = sorted(record["duration_seconds"] for record in records)
            line[f"{name}_count"] = len(records)
            line[f"{name}_avg_ms"] = round(sum(times) / len(times) * 1e3, 3)
            line[f"{name}_p90_ms"] = round(times[int(0.9 * (len(times) - 1))] * 1e3, 3)
            line[f"{name}_total_keys"] = sum(record["num_keys"] for record in records)
            line[f"{name}_total_bytes"] = sum(record["num_bytes"] for record in records)
            line[f"{name}_failed_keys"] = sum(record["num_failed_keys"] for record in records)
        line.update(sorted(self.data[COUNTS].items()))
        return line


class StoreStats:
    """Collects in one process. Names of operations are the stock connector's."""

    def __init__(self) -> None:
        self._current = MoonpoolStats()
        self._seen: dict[str, int] = {}

    def operation(
        self, name: str, seconds: float, *, keys: int, size: int = 0, failed: int = 0
    ) -> None:
        status = "ok" if not failed else "error" if failed >= keys else "partial_failure"
        self._current.data[OPERATIONS].setdefault(name, []).append(
            {
                "duration_seconds": seconds,
                "num_keys": keys,
                "num_bytes": size,
                "num_failed_keys": failed,
                "status": status,
            }
        )

    def measured(self, name: str, transfer: Any) -> None:
        """One finished copy of a worker."""
        keys = sum(len(piece.slots) for piece in transfer.pieces)
        failed = len(transfer.bad_blocks)
        seconds = time.monotonic() - transfer.started
        self.operation(name, seconds, keys=max(keys, failed), size=transfer.nbytes, failed=failed)

    def count(self, name: str, more: int = 1) -> None:
        if more:
            counts = self._current.data[COUNTS]
            counts[name] = counts.get(name, 0) + more

    def take(self, totals: Mapping[str, int]) -> MoonpoolStats | None:
        """What is new since the last call; `totals` are the session's ever-growing counters."""
        for name, total in totals.items():
            self.count(name.removesuffix("_total"), total - self._seen.get(name, 0))
        self._seen = dict(totals)
        if self._current.is_empty():
            return None
        taken, self._current = self._current, MoonpoolStats()
        return taken


class MoonpoolPromMetrics(KVConnectorPromMetrics):
    """Lives in the front end: sees nothing but the data of MoonpoolStats."""

    def __init__(
        self,
        vllm_config: Any,
        metric_types: Any,
        labelnames: list[str],
        per_engine_labelvalues: Any,
    ) -> None:
        super().__init__(vllm_config, metric_types, labelnames, per_engine_labelvalues)
        labels = [*labelnames, "operation", "status"]
        stock = "vllm:mooncake_store_operation"
        self._seconds = self._histogram_cls(
            name=f"{stock}_time_seconds",
            documentation="Time of pool operations.",
            buckets=list(TIME_BUCKETS),
            labelnames=labels,
        )
        self._calls = self._counter(f"{stock}_total", "Pool operations.", labels)
        self._keys = self._counter(
            f"{stock}_keys_total", "Blocks touched by pool operations.", labels
        )
        self._bytes = self._counter(
            f"{stock}_bytes_total", "Bytes moved by pool operations.", labels
        )
        self._failed = self._counter(
            f"{stock}_failed_keys_total", "Blocks that failed in pool operations.", labels
        )
        self._events = self._counter(
            "vllm:moonpool_events_total",
            "What happened, by name: misses by reason, drops, losses.",
            [*labelnames, "event"],
        )
        self._label_values = per_engine_labelvalues

    def _counter(self, name: str, documentation: str, labelnames: list[str]) -> Any:
        return self._counter_cls(name=name, documentation=documentation, labelnames=labelnames)

    def observe(self, transfer_stats_data: dict[str, Any] | None, engine_idx: int = 0) -> None:
        if not transfer_stats_data:
            return
        engine = list(self._label_values[engine_idx])
        for operation, records in transfer_stats_data[OPERATIONS].items():
            for record in records:
                self._observe_operation([*engine, operation, record["status"]], record)
        for event, count in transfer_stats_data[COUNTS].items():
            self._events.labels(*engine, event).inc(count)

    def _observe_operation(self, labels: list[Any], record: Mapping[str, Any]) -> None:
        self._seconds.labels(*labels).observe(record["duration_seconds"])
        self._calls.labels(*labels).inc()
        self._keys.labels(*labels).inc(record["num_keys"])
        self._bytes.labels(*labels).inc(record["num_bytes"])
        self._failed.labels(*labels).inc(record["num_failed_keys"])
