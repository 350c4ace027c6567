"""An engine on a sidecar, with what its answers are compared to: the verbs of the cases."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rig.engines import Engine, Result

from e2e.admin import wait_until
from e2e.arena import Slot
from e2e.host import Host
from e2e.journal import Journal
from e2e.references import References

HITS_AGAIN_ATTEMPTS = 3
LOADED_METRIC = "vllm:external_prefix_cache_hits"


@dataclass(repr=False)
class Station:
    """One engine and its sidecar."""

    name: str
    engine: Engine
    host: Host
    references: References
    journal: Journal
    free_at_start: int = field(init=False)

    def __post_init__(self) -> None:
        self.free_at_start = self.engine.blocks()["free"]

    def save(self, ids: Sequence[int], cache_salt: str | None = None) -> list[Slot]:
        """Compute a prompt and wait until the pool has it. Returns the slots that came with it."""
        arena = self.host.arena()
        before = {(slot.number, slot.generation) for slot in arena.committed()}
        asked = self.references.saving(ids)
        self.engine.generate(asked, self.references.max_tokens, cache_salt=cache_salt)
        self.host.settled()
        return [slot for slot in arena.committed() if (slot.number, slot.generation) not in before]

    def reload(self, ids: Sequence[int], case: str) -> int:
        """Answer a prompt without the engine's own cache; the answer must be right. Returns the
        tokens from the pool.
        """
        # The engine refuses while a save still refers to one of its blocks.
        wait_until(self.engine.reset, f"{self.name}: the engine's own cache is empty")
        answer, loaded = self.observed(ids)
        self.explained(answer, ids, loaded, case)
        return loaded

    def reset_pool(self) -> None:
        """reset_cache, which waits half a second at most. Unconfirmed it holds for this engine at
        once, and for others when the sidecar has read it.
        """
        before = self.host.counters()["resets"]
        self.engine.reset(connector=True)
        wait_until(lambda: self.host.counters()["resets"] > before, "the reset is done")

    def hits_again(self, ids: Sequence[int], case: str, full: int) -> None:
        """A whole hit, soon: on a busy machine the first lookup after a fault may meet a session
        that has not seen the heartbeat move yet, and misses.
        """
        loads = (self.reload(ids, case) for _ in range(HITS_AGAIN_ATTEMPTS))
        assert any(loaded == full for loaded in loads), f"{self.name}: no whole hit, {case}"

    def observed(self, ids: Sequence[int], **options: Any) -> tuple[Result, int]:
        """An answer, and how many of its tokens came from the pool."""
        before = self.tokens_loaded()
        answer = self.engine.generate(ids, self.references.max_tokens, **options)
        return answer, self.tokens_loaded() - before

    def explained(self, answer: Result, ids: Sequence[int], loaded: int, case: str) -> None:
        """The answer equals a reference to the last bit, and the journal says which."""
        start = self.references.explains(answer, ids)
        assert start is not None, (
            f"{self.name}: no reference explains the answer ({loaded} tokens loaded,"
            f" {answer.cached} cached): {answer}\ncold: {self.references.at(ids, 0)}"
        )
        self.journal.note(f"{self.name}: {case}", len(ids), loaded, f"own run at {start}")

    def tokens_loaded(self) -> int:
        return int(self.engine.metrics(LOADED_METRIC).get(LOADED_METRIC, 0))

    def all_blocks_free(self) -> None:
        """Nothing of ours holds a block of the engine: after a reset the free count is that of the
        start.
        """
        wait_until(self._all_free, f"{self.name}: {self.free_at_start} free blocks")

    def _all_free(self) -> bool:
        return self.engine.reset() and self.engine.blocks()["free"] == self.free_at_start
