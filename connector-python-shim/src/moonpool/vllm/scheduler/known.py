# SPDX-License-Identifier: Apache-2.0
"""Keys that the pool had a moment ago, so that prompts with a hot prefix are not offered block by
block again.
"""

from collections import OrderedDict
from collections.abc import Callable

KEYS_MAX = 65_536
# The pool may evict without telling us: after this long a prefix is offered again.
TRUSTED_S = 60.0


class KnownKeys:
    """The last key of each run that the pool has: it stands for its whole prefix."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: OrderedDict[tuple[int, bytes], float] = OrderedDict()

    def add(self, group: int, key: bytes) -> None:
        self._seen[group, key] = self._clock()
        self._seen.move_to_end((group, key))
        if len(self._seen) > KEYS_MAX:
            self._seen.popitem(last=False)

    def has(self, group: int, key: bytes) -> bool:
        seen = self._seen.get((group, key))
        return seen is not None and self._clock() - seen < TRUSTED_S

    def clear(self) -> None:
        self._seen.clear()
