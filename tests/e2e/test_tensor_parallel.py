"""Two ranks, a KV cache too small for its batch, aborts: compared by the bytes of blocks, not by
answers.

What a batch computes depends on who else is in it, so answers of such runs have no reference.
Blocks do: what is loaded has the bytes of the slot it came from, and what is saved is the block
that a quiet run computes, up to rounding.
"""

from collections.abc import Callable

import numpy as np
import pytest
from rig.engines import Request, prompt

from e2e.admin import wait_until
from e2e.arena import Slot
from e2e.host import REATTACH_S
from e2e.station import Station
from e2e.stopped import reserved, worker_stopped_while_saving

SHARED_TOKENS = 512
TOKENS = 1020
ANSWER_TOKENS = 24
BATCH = 8
RANKS = 2
# bfloat16 has eight bits; sums in another order differ by a few units of the last one, other blocks
# by everything.
CORRELATION_MIN = 0.999


@pytest.fixture(scope="module")
def station(stations: Callable[[str], Station]) -> Station:
    return stations("gqa-pair")


@pytest.fixture(scope="module")
def prompts() -> list[list[int]]:
    """They share four blocks, and differ in the rest."""
    shared = prompt(700, SHARED_TOKENS)
    return [prompt(701 + i, TOKENS, shared=shared) for i in range(BATCH)]


def test_a_load_answers_like_the_own_prefix_cache(station: Station) -> None:
    ids = prompt(720, TOKENS)
    slots = station.save(ids)
    assert {int(slot.header["shard"]) for slot in slots} == set(range(RANKS))
    assert station.reload(ids, "two ranks") == 896
    station.all_blocks_free()


def test_a_batch_that_is_preempted_stores_right_blocks(
    station: Station, prompts: list[list[int]]
) -> None:
    before = preemptions(station)
    station.engine.generate_all([Request(ids, ANSWER_TOKENS) for ids in prompts])
    assert preemptions(station) > before, "nothing was preempted: the case shows nothing"
    station.host.settled()
    assert station.host.arena().spoiled() == []
    for ids in prompts:
        loaded = loaded_blocks_equal_their_slots(station, ids)
        station.journal.note(
            "gqa-pair: after a preempted batch", len(ids), loaded, "its slots' bytes"
        )
    saved_blocks_equal_a_quiet_run(station, prompts[0])
    station.all_blocks_free()


def test_aborts_in_mid_flight_leave_nothing(station: Station) -> None:
    """Aborted in the queue, in the prefill, while decoding, and while others go on."""
    batch = [prompt(740 + i, TOKENS) for i in range(BATCH)]
    requests = [
        Request(ids, ANSWER_TOKENS, abort_after_steps=i) for i, ids in enumerate(batch[:4], 1)
    ]
    requests += [Request(ids, ANSWER_TOKENS, abort_after_tokens=3) for ids in batch[4:6]]
    requests += [Request(ids, ANSWER_TOKENS) for ids in batch[6:]]
    results = station.engine.generate_all(requests)
    assert [r.aborted for r in results[:4]] == [True] * 4
    assert [len(r.tokens) for r in results[6:]] == [ANSWER_TOKENS] * 2
    again = [Request(ids, 4, abort_after_steps=1) for ids in batch]
    station.engine.reset()
    station.engine.generate_all(again)
    station.host.settled()
    station.all_blocks_free()
    assert station.host.arena().spoiled() == []
    # Statistics of aborted requests travel with the outputs of a later step.
    station.engine.generate(prompt(750, 8), max_tokens=1)
    for ids in batch[6:]:
        assert loaded_blocks_equal_their_slots(station, ids) == 896


def test_one_rank_stopped_while_saving_spoils_nothing(station: Station) -> None:
    """SIGSTOP to one rank with slots reserved, another sidecar, SIGCONT."""
    processes = station.host.alive()
    with worker_stopped_while_saving(station, 760, TOKENS) as stopped:
        station.host.restart()
        after = reserved(station.host)
        assert stopped.held.items() <= after.items(), "a slot that may be written to was given away"
    stopped.pending.results()
    assert station.host.attached(processes) < REATTACH_S
    wait_until(
        lambda: not any(a.quarantined_bytes for a in station.host.status().arenas), "no quarantine"
    )
    station.host.settled()
    assert station.host.arena().spoiled() == []
    station.save(stopped.ids)
    assert loaded_blocks_equal_their_slots(station, stopped.ids) == 896
    station.all_blocks_free()


def loaded_blocks_equal_their_slots(station: Station, ids: list[int]) -> int:
    """Load a prompt; each rank's blocks then have the bytes of that rank's shards. Returns the
    tokens loaded.
    """
    station.engine.reset()
    _, loaded = station.observed(ids)
    arena = station.host.arena()
    slots = {(slot.key, int(slot.header["shard"])): slot for slot in arena.committed()}
    ranks = station.engine.digests()
    assert len(ranks) == RANKS
    found = 0
    for rank, digests in enumerate(ranks):
        for key in digests.keys() & {key for key, _ in slots}:
            assert digests[key] == arena.sha256(slots[key, rank]), f"block {key} on rank {rank}"
            found += 1
    assert found >= RANKS * loaded // 128
    return loaded


def saved_blocks_equal_a_quiet_run(station: Station, ids: list[int]) -> None:
    """The same prompt alone, under a salt: other hashes, the same content."""
    arena = station.host.arena()
    station.engine.reset()
    station.engine.generate(ids, max_tokens=1)
    keys = station.engine.digests()[0].keys()
    noisy = {place(slot): slot for slot in arena.committed() if slot.key in keys}
    quiet = {place(slot): slot for slot in station.save(ids, cache_salt="quiet")}
    assert noisy.keys() >= quiet.keys()
    for at, slot in quiet.items():
        correlation = np.corrcoef(values(arena.payload(slot)), values(arena.payload(noisy[at])))[
            0, 1
        ]
        assert correlation > CORRELATION_MIN, (
            f"block {at} holds something else: correlation {correlation}"
        )


def place(slot: Slot) -> tuple[int, int, int]:
    return int(slot.header["group"]), int(slot.header["position"]), int(slot.header["shard"])


def values(payload: bytes) -> np.ndarray:
    """bfloat16 as float32: its upper half."""
    return (np.frombuffer(payload, "<u2").astype("<u4") << 16).view("<f4")


def preemptions(station: Station) -> int:
    return int(station.engine.metrics("num_preemptions")["vllm:num_preemptions"])
