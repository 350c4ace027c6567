"""Proof that a model's answers depend on its cached blocks: without it, equal logprobs would show
nothing.
"""

from dataclasses import dataclass

from rig.engines import Engine, Result, prompt

# Full blocks and a partial one: no own hit computes a full block again, under an negated one, and
# caches it.
PROMPT_TOKENS = 2048 + 60


@dataclass(frozen=True)
class Sensitivity:
    """What became of the answer while single cached blocks were negated."""

    reference_is_stable: bool
    blocks_tried: int
    insensitive: tuple[int, ...]
    restored: bool

    @property
    def proven(self) -> bool:
        return self.reference_is_stable and self.restored and not self.insensitive


def measure(engine: Engine, layer: int = 0, stride: int = 3, seed: int = 1) -> Sensitivity:
    """Negate one cached block after the other in one layer; each own hit must then answer
    differently.
    """
    ids = prompt(seed, PROMPT_TOKENS)
    engine.reset()
    engine.generate(ids, max_tokens=1)
    reference = engine.generate(ids)
    stable = reference.cached > 0 and reference.same_answer(engine.generate(ids))
    tried = range(0, engine.blocks()["cached"], stride)
    insensitive = tuple(i for i in tried if _ignored(engine, i, layer, ids, reference))
    restored = reference.same_answer(engine.generate(ids))
    return Sensitivity(stable, len(tried), insensitive, restored)


def _ignored(engine: Engine, index: int, layer: int, ids: list[int], reference: Result) -> bool:
    """Whether the answer stays the same while one block is negated."""
    engine.negate(index, layer=layer)
    answer = engine.generate(ids)
    engine.negate(index, layer=layer)
    return answer.same_answer(reference)
