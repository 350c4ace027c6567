# SPDX-License-Identifier: Apache-2.0
"""Which blocks a step completes, as runs that are worth storing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from moonpool.vllm.groups import GroupPlan, StoredGroup

NULL_BLOCK = 0
# docs/spec/03-messages.md, Limits.
RUN_MAX = 1024


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive blocks of one group, from `first` on."""

    first: int
    block_ids: list[int]


def runs(
    group: StoredGroup, plan: GroupPlan, table: Sequence[int], first: int, end: int
) -> Iterator[Run]:
    """The runs among blocks first..end-1 that exist in the engine and can serve a hit."""
    start: int | None = None
    end = min(end, len(table))
    for block in range(first, end):
        wanted = table[block] != NULL_BLOCK and _reachable(group, plan, block)
        if start is not None and (not wanted or block - start == RUN_MAX):
            yield Run(start, list(table[start:block]))
            start = None
        if wanted and start is None:
            start = block
    if start is not None:
        yield Run(start, list(table[start:end]))


def _reachable(group: StoredGroup, plan: GroupPlan, block: int) -> bool:
    """A window group is read only in the last blocks before a boundary."""
    if not group.window_blocks:
        return True
    between = plan.align_tokens // group.block_tokens
    return block % between >= between - group.window_blocks
