# SPDX-License-Identifier: Apache-2.0
"""The surface that vLLM touches: hooks, statistics, the plugin, and life as a child of
MultiConnector.
"""

import inspect
import logging
import pickle
from types import SimpleNamespace
from typing import Any

import pytest
from moonpool.vllm import plugin, policy
from moonpool.vllm.connector import MooncakeStoreConnector
from moonpool.vllm.metrics import MoonpoolPromMetrics, MoonpoolStats, StoreStats
from moonpool.vllm.plan import StepPlan, StepReport
from moonpool.vllm.worker.weights import WeightsWatch, _observed
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory
from vllm.distributed.kv_transfer.kv_connector.v1.base import KVConnectorBase_V1, SupportsHMA
from vllm.distributed.kv_transfer.kv_connector.v1.multi_connector import MultiKVConnectorPromMetrics

LOG = logging.getLogger("test")


def test_every_abstract_hook_is_there() -> None:
    assert not inspect.isabstract(MooncakeStoreConnector)
    assert issubclass(MooncakeStoreConnector, SupportsHMA)


def test_hooks_take_what_vllm_passes() -> None:
    for name, method in inspect.getmembers(MooncakeStoreConnector, inspect.isfunction):
        theirs = getattr(KVConnectorBase_V1, name, None)
        if theirs is not None and not name.startswith("_"):
            wanted = [p for p in inspect.signature(theirs).parameters if p != "kwargs"]
            assert list(inspect.signature(method).parameters)[: len(wanted)] == wanted, name


def test_the_class_has_the_registered_name() -> None:
    """MultiConnector finds statistics again by class name."""
    assert MooncakeStoreConnector.__name__ in KVConnectorFactory._registry


def test_reports_add_up_over_ranks() -> None:
    one = StepReport({3: 1}, {7: 1}, frozenset({7}))
    two = StepReport({3: 1}, {7: 1, 8: 1}, frozenset(), weights_changed=True)
    both = one.aggregate(two)
    assert both == StepReport({3: 2}, {7: 2, 8: 1}, frozenset({7}), weights_changed=True)


def test_an_idle_step_costs_few_bytes() -> None:
    assert len(pickle.dumps(StepPlan(10**6))) < 200
    assert len(pickle.dumps(StepReport({10**6: 1}))) < 200


def prom(registry: CollectorRegistry) -> MoonpoolPromMetrics:
    def bound(kind: Any) -> Any:
        return lambda **arguments: kind(registry=registry, **arguments)

    types = {Gauge: bound(Gauge), Counter: bound(Counter), Histogram: bound(Histogram)}
    config = SimpleNamespace(kv_transfer_config=None)
    return MooncakeStoreConnector.build_prom_metrics(config, types, ["engine"], {0: ["0"]})


def sample_stats() -> MoonpoolStats:
    stats = StoreStats()
    stats.operation("load_get", 0.002, keys=31, size=1 << 20)
    stats.operation("save_put", 0.002, keys=4, failed=1)
    stats.count("lookups_late", 2)
    taken = stats.take({"attaches_total": 1})
    assert taken is not None
    assert stats.take({"attaches_total": 1}) is None
    return taken


def test_prometheus_has_the_stock_names_and_ours() -> None:
    registry = CollectorRegistry()
    prom(registry).observe(sample_stats().to_dict())
    labels = {"engine": "0", "operation": "load_get", "status": "ok"}
    assert registry.get_sample_value("vllm:mooncake_store_operation_total", labels) == 1
    assert registry.get_sample_value("vllm:mooncake_store_operation_keys_total", labels) == 31
    assert registry.get_sample_value("vllm:mooncake_store_operation_bytes_total", labels) == 1 << 20
    partial = {"engine": "0", "operation": "save_put", "status": "partial_failure"}
    assert (
        registry.get_sample_value("vllm:mooncake_store_operation_failed_keys_total", partial) == 1
    )
    assert (
        registry.get_sample_value("vllm:mooncake_store_operation_time_seconds_count", labels) == 1
    )
    assert (
        registry.get_sample_value(
            "vllm:moonpool_events_total", {"engine": "0", "event": "lookups_late"}
        )
        == 2
    )
    assert (
        registry.get_sample_value(
            "vllm:moonpool_events_total", {"engine": "0", "event": "attaches"}
        )
        == 1
    )


def test_prometheus_inside_multi_connector() -> None:
    multi = MultiKVConnectorPromMetrics.__new__(MultiKVConnectorPromMetrics)
    multi._prom_metrics = {"MooncakeStoreConnector": prom(CollectorRegistry())}
    multi.observe({"MooncakeStoreConnector": sample_stats().to_dict()})


def test_statistics_survive_the_way_to_the_front_end() -> None:
    rebuilt = MooncakeStoreConnector.build_kv_connector_stats(sample_stats().to_dict())
    assert rebuilt.aggregate(sample_stats()).reduce()["load_get_count"] == 2
    assert MooncakeStoreConnector.build_kv_connector_stats().is_empty()


def test_the_plugin_replaces_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KVConnectorFactory, "_registry", dict(KVConnectorFactory._registry))
    before = KVConnectorFactory._registry[plugin.NAME]
    monkeypatch.delenv(policy.REPLACE, raising=False)
    plugin.register()
    assert KVConnectorFactory._registry[plugin.NAME] is before
    monkeypatch.setenv(policy.REPLACE, "1")
    plugin.register()
    plugin.register()
    assert KVConnectorFactory.get_connector_class_by_name(plugin.NAME) is MooncakeStoreConnector


def test_a_plugin_that_is_left_out_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(policy.REPLACE, "1")
    monkeypatch.setenv("VLLM_PLUGINS", "other")
    with caplog.at_level(logging.INFO):
        policy.tell_who_serves(MooncakeStoreConnector, LOG)
    assert (
        "served by moonpool.vllm.connector.MooncakeStoreConnector" in caplog.records[0].getMessage()
    )
    assert "VLLM_PLUGINS=other,moonpool" in caplog.records[1].getMessage()


class MultiConnector:
    """Stands where vLLM's stands: on the stack of the child's constructor."""

    def __init__(self, policy_name: str, child: Any) -> None:
        self._kv_transfer_config = SimpleNamespace(kv_load_failure_policy=policy_name)
        child()


@pytest.mark.parametrize(("keep", "expected"), [(False, "recompute"), (True, "fail")])
def test_failed_loads_are_recomputed(keep: bool, expected: str) -> None:
    config = SimpleNamespace(kv_transfer_config=SimpleNamespace(kv_load_failure_policy="fail"))
    policy.prefer_recompute(config, SimpleNamespace(keep_load_failure_policy=keep), LOG)
    assert config.kv_transfer_config.kv_load_failure_policy == expected


@pytest.mark.parametrize(("parent", "warnings"), [("fail", 1), ("recompute", 0)])
def test_a_child_says_what_its_parent_needs(
    parent: str, warnings: int, caplog: pytest.LogCaptureFixture
) -> None:
    config = SimpleNamespace(kv_transfer_config=SimpleNamespace(kv_load_failure_policy="fail"))
    settings = SimpleNamespace(keep_load_failure_policy=False)
    MultiConnector(parent, lambda: policy.prefer_recompute(config, settings, LOG))
    said = [r for r in caplog.records if '"kv_load_failure_policy":"recompute"' in r.getMessage()]
    assert len(said) == warnings


def test_replaced_weights_are_noticed() -> None:
    watch = WeightsWatch()
    watch.install()
    calls = []
    observed = _observed(lambda *arguments: calls.append(arguments))
    assert not watch.changed
    observed("worker", 1)
    assert watch.changed
    assert calls == [("worker", 1)]
