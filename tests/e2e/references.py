"""What an answer must be: made by the engine itself, with a computation that begins at the same
token.

Floating point sums depend on the shape of the computation, so a load of k tokens is compared to an
engine's own hit of k tokens, and a request that loaded nothing to a cold one. References run under
a cache salt of their own: no other request has blocks of theirs, so neither the engine's cache nor
the pool can have had a part in them.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rig.engines import Engine, Result, prompt

Ids = Sequence[int]


def boundary(tokens: int, block_tokens: int = 128) -> int:
    """The longest hit of a prompt: whole blocks, and at least one token is computed."""
    return (tokens - 1) // block_tokens * block_tokens


def _fresh_salt() -> str:
    return f"reference {secrets.token_hex(8)}"


@dataclass
class References:
    """The answers of one engine, remembered by prompt and boundary."""

    engine: Engine
    block_tokens: int = 128
    max_tokens: int = 4
    _known: dict[tuple[tuple[int, ...], int], Result] = field(default_factory=dict)

    def prompt(self, seed: int, tokens: int) -> list[int]:
        """A prompt of about that length whose answer after a whole load has a reference."""
        return prompt(seed, tokens)

    def saving(self, ids: Ids) -> Ids:
        """The prompt to compute so that the pool has the blocks of `ids` as its reference has."""
        return ids

    def at(self, ids: Ids, start: int) -> Result:
        """The answer to a prompt whose first `start` tokens come from the engine's own cache."""
        key = (tuple(ids), start)
        if key not in self._known:
            salt = _fresh_salt()
            self._known[key] = (
                self._after_prefix(ids, start, salt) if start else self._cold(ids, salt)
            )
        return self._known[key]

    def full(self, ids: Ids) -> Result:
        return self.at(ids, boundary(len(ids), self.block_tokens))

    def explains(self, answer: Result, ids: Ids) -> int | None:
        """The boundary whose reference is this answer to the last bit; None if there is none."""
        for start in dict.fromkeys((answer.cached, 0)):
            if answer.same_answer(self.at(ids, start)):
                return start
        return None

    def _cold(self, ids: Ids, salt: str) -> Result:
        return self._checked(self.engine.generate(ids, self.max_tokens, cache_salt=salt), 0)

    def _after_prefix(self, ids: Ids, start: int, salt: str) -> Result:
        """Another prompt of the same length computes the prefix in the same shape as a cold run of
        this one does.
        """
        whole = start == boundary(len(ids), self.block_tokens)
        first = ids if whole else prompt(secrets.randbits(32), len(ids), shared=ids[:start])
        self.engine.generate(first, max_tokens=1, cache_salt=salt)
        return self._checked(self.engine.generate(ids, self.max_tokens, cache_salt=salt), start)

    @staticmethod
    def _checked(made: Result, start: int) -> Result:
        assert made.cached == start, f"a reference at {start} tokens began at {made.cached}"
        return made


class ContinuationReferences(References):
    """For engines without a prefix cache of their own: nothing but a load begins at a later token.

    What such an engine does by itself is to decode: one token after what it computed cold. A prompt
    that ends with the token which the engine itself would have chosen there, one token after a
    whole block, is after a load computed in that very shape: the cold run of the whole blocks goes
    on with the same answer.
    """

    def prompt(self, seed: int, tokens: int) -> list[int]:
        whole = prompt(seed, tokens // self.block_tokens * self.block_tokens)
        return [*whole, *self.engine.generate(whole, 1, cache_salt=_fresh_salt()).tokens]

    def saving(self, ids: Ids) -> Ids:
        return ids[:-1]

    def _after_prefix(self, ids: Ids, start: int, salt: str) -> Result:
        if start != len(ids) - 1:
            raise AssertionError(f"no reference at {start} of {len(ids)} tokens")
        made = self.engine.generate(ids[:-1], 1 + self.max_tokens, cache_salt=salt)
        assert made.tokens[0] == ids[-1], "the prompt does not end as the engine goes on"
        return replace(made, tokens=made.tokens[1:], logprobs=made.logprobs[1:])
