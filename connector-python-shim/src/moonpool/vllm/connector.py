# SPDX-License-Identifier: Apache-2.0
"""The connector that vLLM sees: each hook goes to the half that lives in this process."""

from collections.abc import Iterable
from typing import Any

from vllm.logger import init_logger

from moonpool.vllm import compat
from moonpool.vllm.assembly import build_scheduler_half, build_worker_half, read_setup
from moonpool.vllm.metrics import MoonpoolPromMetrics, MoonpoolStats
from moonpool.vllm.plan import StepPlan, StepReport
from moonpool.vllm.policy import prefer_recompute, tell_who_serves

logger = init_logger(f"vllm.{__name__}")


class MooncakeStoreConnector(compat.KVConnectorBase_V1, compat.SupportsHMA):
    """Serves the stock connector's name; the pool is Moonpool's sidecar on this host."""

    if compat.HOST_HITS is not None:
        _cache_hit_source = compat.HOST_HITS

    def __init__(self, vllm_config: Any, role: Any, kv_cache_config: Any = None) -> None:
        compat.require_worker_metadata()
        compat.construct_base(self, vllm_config, role, kv_cache_config)
        self._setup = read_setup(vllm_config, kv_cache_config, logger)
        self._scheduler: Any = None
        self._worker: Any = None
        if role == compat.KVConnectorRole.SCHEDULER:
            tell_who_serves(type(self), logger)
            prefer_recompute(vllm_config, self._setup.settings, logger)
            self._scheduler = build_scheduler_half(vllm_config, self._setup, logger)

    # ---- the scheduler's process

    @property
    def requires_kv_delivery(self) -> bool:
        """A dropped save is a later miss and nothing worse."""
        return False

    def bind_kv_cache_manager(self, kv_cache_manager: Any) -> None:
        self._scheduler.bind_manager(kv_cache_manager)
        self.bind_gpu_block_pool(kv_cache_manager.block_pool)

    def bind_gpu_block_pool(self, gpu_block_pool: Any) -> None:
        self._scheduler.bind_pool(gpu_block_pool)

    def on_new_request(self, request: Any) -> None:
        self._scheduler.on_new_request(request)

    def get_num_new_matched_tokens(
        self, request: Any, num_computed_tokens: int
    ) -> tuple[int | None, bool]:
        tokens, asynchronous = self._scheduler.get_num_new_matched_tokens(
            request, num_computed_tokens
        )
        return tokens, asynchronous

    def update_state_after_alloc(self, request: Any, blocks: Any, num_external_tokens: int) -> None:
        self._scheduler.update_state_after_alloc(request, blocks, num_external_tokens)

    def build_connector_meta(self, scheduler_output: Any) -> StepPlan:
        return self._scheduler.build_connector_meta(scheduler_output)

    def update_connector_output(self, connector_output: Any) -> None:
        self._scheduler.update_connector_output(connector_output)

    def request_finished(
        self, request: Any, block_ids: list[int]
    ) -> tuple[bool, dict[str, Any] | None]:
        return self._scheduler.request_finished(request), None

    def request_finished_all_groups(
        self, request: Any, block_ids: tuple[list[int], ...]
    ) -> tuple[bool, dict[str, Any] | None]:
        return self._scheduler.request_finished(request), None

    def take_events(self) -> Iterable[Any]:
        return self._scheduler.take_events()

    def has_pending_push_work(self) -> bool:
        return self._scheduler.has_pending_push_work()

    def has_pending_block_frees(self) -> bool:
        return self._scheduler.has_pending_block_frees()

    def reset_cache(self) -> bool | None:
        return self._scheduler.reset_cache() if self._scheduler is not None else None

    # ---- a worker's process

    def register_kv_caches(self, kv_caches: dict[str, Any]) -> None:
        self._worker = build_worker_half(self._vllm_config, self._setup, kv_caches, logger)

    def handle_preemptions(self, kv_connector_metadata: Any) -> None:
        """Blocks are referenced while they are copied; engines without references pass the
        preempted requests.
        """
        if isinstance(kv_connector_metadata, (set, frozenset)) and self._worker is not None:
            self._worker.fence()

    def start_load_kv(self, forward_context: Any, **kwargs: Any) -> None:
        if self._worker is not None:
            self._worker.start_loads(self._plan())

    def wait_for_layer_load(self, layer_name: str) -> None:
        return

    def save_kv_layer(
        self, layer_name: str, kv_layer: Any, attn_metadata: Any, **kwargs: Any
    ) -> None:
        return

    def wait_for_save(self) -> None:
        if self._worker is not None:
            self._worker.save(self._plan())

    def get_finished(self, finished_req_ids: set[str]) -> tuple[set[str] | None, set[str] | None]:
        sent, received, _ = self._ended()
        return sent or None, received or None

    def get_transfer_results(self, finished_req_ids: set[str]) -> Any:
        sent, received, failed = self._ended()
        return compat.KVConnectorTransferResults(
            finished_sending=sent, finished_recving=received, failed_recving=failed
        )

    def get_block_ids_with_load_errors(self) -> set[int]:
        return self._worker.take_invalid_blocks() if self._worker is not None else set()

    def build_connector_worker_meta(self) -> StepReport | None:
        return self._worker.take_report() if self._worker is not None else None

    def _ended(self) -> tuple[set[str], set[str], set[str]]:
        if self._worker is None:
            return set(), set(), set()
        self._worker.poll()
        return self._worker.take_received()

    def _plan(self) -> StepPlan:
        plan = self._get_connector_metadata()
        assert isinstance(plan, StepPlan)
        return plan

    # ---- both

    def get_kv_connector_stats(self) -> MoonpoolStats | None:
        half = self._scheduler or self._worker
        return half.take_stats() if half is not None else None

    @classmethod
    def build_kv_connector_stats(cls, data: dict[str, Any] | None = None) -> MoonpoolStats:
        return MoonpoolStats(data=data) if data is not None else MoonpoolStats()

    @classmethod
    def build_prom_metrics(
        cls, vllm_config: Any, metric_types: Any, labelnames: list[str], per_engine_labelvalues: Any
    ) -> MoonpoolPromMetrics:
        return MoonpoolPromMetrics(vllm_config, metric_types, labelnames, per_engine_labelvalues)

    def shutdown(self) -> None:
        for half in (self._scheduler, self._worker):
            if half is not None:
                half.close()
        self._scheduler = self._worker = None
