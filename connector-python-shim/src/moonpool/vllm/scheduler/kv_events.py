# SPDX-License-Identifier: Apache-2.0
"""KV events for routers: what became visible in the pool, and what left it. The medium is the
host's memory.
"""

from typing import Any

from moonpool.client.spec import HASH_BYTES
from moonpool.vllm.groups import GroupPlan, StoredGroup
from moonpool.vllm.scheduler.offers import Run
from moonpool.vllm.scheduler.request import TrackedRequest

MEDIUM = "CPU"


class KvEvents:
    """Builds vLLM's own event objects; fields that this vLLM does not know are left out."""

    def __init__(self, plan: GroupPlan, publish: bool, hash_bytes: int = HASH_BYTES) -> None:
        self._plan = plan
        self._hash_bytes = hash_bytes
        self._removed: list[Any] = []
        self._publish = publish

    def stored(self, tracked: TrackedRequest, group: StoredGroup, run: Run) -> Any:
        """The event to publish once this run is visible; None if nobody listens."""
        if not self._publish:
            return None
        from vllm.distributed.kv_events import BlockStored

        request, end = tracked.request, run.first + len(run.block_ids)
        lora = getattr(request, "lora_request", None)
        return _build(
            BlockStored,
            block_hashes=[
                _external(self._hash(request, group, block)) for block in range(run.first, end)
            ],
            parent_block_hash=_external(self._hash(request, group, run.first - 1))
            if run.first
            else None,
            token_ids=list(
                request.all_token_ids[run.first * group.block_tokens : end * group.block_tokens]
            ),
            block_size=group.block_tokens,
            lora_id=lora.lora_int_id if lora else None,
            lora_name=lora.lora_name if lora else None,
            medium=MEDIUM,
            group_idx=group.engine_group,
            kv_cache_spec_kind=group.event_kind,
            kv_cache_spec_sliding_window=group.window_tokens,
        )

    def evicted(self, group: int, hashes: bytes) -> None:
        if not self._publish:
            return
        from vllm.distributed.kv_events import BlockRemoved

        keys = [
            hashes[at : at + HASH_BYTES][: self._hash_bytes]
            for at in range(0, len(hashes), HASH_BYTES)
        ]
        engine_group = self._plan.groups[group].engine_group
        external = [_external(key) for key in keys]
        self._removed.append(
            _build(BlockRemoved, block_hashes=external, medium=MEDIUM, group_idx=engine_group)
        )

    def take_removed(self) -> list[Any]:
        removed, self._removed = self._removed, []
        return removed

    @staticmethod
    def _hash(request: Any, group: StoredGroup, block: int) -> bytes:
        return bytes(request.block_hashes[(block + 1) * group.hashes_per_block - 1])


def _build(kind: Any, **fields: Any) -> Any:
    known = kind.__struct_fields__
    return kind(**{name: value for name, value in fields.items() if name in known})


def _external(block_hash: bytes) -> Any:
    """Integers or bytes, as the user told vLLM to publish them."""
    from vllm.v1.core.kv_cache_utils import maybe_convert_block_hash

    return maybe_convert_block_hash(block_hash)  # type: ignore[arg-type]
