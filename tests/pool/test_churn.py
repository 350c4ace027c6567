"""Slots that are given to other blocks while others read them: a miss, never another block's bytes.

Two owners save more than they have room for, all the time, while readers on other hosts, and the
owners themselves, load what was saved last or a while ago.
"""

import random
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

import pytest
from e2e.admin import wait_until

from pool.client import Client, chain
from pool.conftest import Pools
from pool.members import Member, Pool

ARENA = 12 << 20
BLOCK_BYTES = 16 << 10
CHAIN = 16
# A few more chains of an owner than there is room for: the oldest are just being given away.
RECENT = 60
EVERY_DAY, LONG = 8_000, 1_000_000
DEADLINE_S = {EVERY_DAY: 120, LONG: 3600}
PAUSE_S = 0.01


@dataclass
class Churn:
    """What the threads share: how far the owners are, and what was seen."""

    wanted: int
    seed: int
    saved: list[int] = field(default_factory=lambda: [0, 0])
    verified: int = 0
    missed: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def save(self, client: Client, owner: int) -> None:
        while not self.ended.wait(PAUSE_S):
            client.save(keys_of(owner, self.saved[owner]))
            self.saved[owner] += 1

    def load(self, client: Client, reader: int) -> None:
        """Owners read what the other one saved: all that a reader gets, it got from elsewhere."""
        draw = random.Random(self.seed + reader)
        while not self.ended.is_set():
            owner = draw.choice([i for i in range(2) if i != reader])
            newest = self.saved[owner] - 1
            if newest >= 0:
                number = draw.randrange(max(0, newest - RECENT), newest + 1)
                self.count(client.load(keys_of(owner, number)))

    def count(self, loaded: int) -> None:
        with self.guard:
            self.verified += loaded
            self.missed += CHAIN - loaded
            if self.verified >= self.wanted:
                self.ended.set()


def keys_of(owner: int, number: int) -> bytes:
    return chain(f"churn/{owner}/{number}", CHAIN)


def run(churn: Churn, members: list[Member]) -> None:
    """The first two members own, all read; to the end, or to the first failure."""

    def work(member: Member, what: Callable[[Client, int], None], number: int) -> None:
        with Client(member.socket, BLOCK_BYTES, "churn") as client:
            what(client, number)

    with ThreadPoolExecutor(2 * len(members)) as threads:
        running = [threads.submit(work, members[i], churn.save, i) for i in range(2)]
        running += [threads.submit(work, m, churn.load, i) for i, m in enumerate(members)]
        ended, left = wait(running, DEADLINE_S[churn.wanted], FIRST_EXCEPTION)
        churn.ended.set()
    assert not left or any(one.exception() for one in ended), f"too slow: {churn}"
    for one in ended:
        one.result()


@pytest.mark.parametrize(
    "wanted", [EVERY_DAY, pytest.param(LONG, marks=pytest.mark.long)], ids=["some", "million"]
)
def test_a_slot_that_is_used_again_never_serves_other_bytes(
    pools: Pools, seed: int, wanted: int
) -> None:
    pool = pools(f"churn-{wanted}")
    pool.start("p", "q", "r", arena_bytes=ARENA)
    churn = Churn(wanted, seed)
    run(churn, list(pool.members.values()))
    assert churn.verified >= wanted
    assert churn.missed > 0
    assert evicted(pool) > 1000
    for member in pool.members.values():
        wait_until(member.holds_nothing, "no slot stays pinned or reserved")


def evicted(pool: Pool) -> int:
    return sum(member.counter("blocks_evicted") for member in pool.members.values())
