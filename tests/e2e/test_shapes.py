"""Each shape of model: the pool gives back what the engine saved, to the bit, and the answers
depend on it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from e2e.arena import FULL, Slot
from e2e.references import boundary
from e2e.station import Station

TOKENS = 1024 + 60
BFLOAT16_SIGN = 0x8000
# Shapes whose engine can hit a part of a prompt: sliding windows are dropped on the way, MLA on CPU
# has no prefix cache.
PARTIAL = ("mha", "gqa")

Stations = Callable[[str], Station]


@dataclass(frozen=True)
class Saved:
    """A prompt and the slots that hold its blocks."""

    ids: list[int]
    slots: list[Slot]
    full: int

    def of_group(self, group: int) -> list[Slot]:
        return sorted((s for s in self.slots if s.header["group"] == group), key=position)

    def needed(self) -> list[Slot]:
        """One slot a group that a load of the whole prompt reads: a middle block, or the last one
        of a window.
        """
        groups = [self.of_group(g) for g in sorted({int(s.header["group"]) for s in self.slots})]
        return [g[len(g) // 2] if g[0].header["kind"] == FULL else g[-1] for g in groups]

    def in_full_group(self, index: int) -> Slot:
        return sorted((s for s in self.slots if s.header["kind"] == FULL), key=position)[index]


def position(slot: Slot) -> int:
    return int(slot.header["position"])


@pytest.fixture(scope="module", params=["mha", "gqa", "swa", "mla"])
def station(request: pytest.FixtureRequest, stations: Stations) -> Station:
    return stations(request.param)


@pytest.fixture(scope="module")
def saved(station: Station) -> Saved:
    """A prompt computed cold, and its slots."""
    ids = station.references.prompt(100, TOKENS)
    slots = station.save(ids)
    assert slots, "nothing was saved"
    return Saved(ids, slots, boundary(len(ids), station.references.block_tokens))


def test_a_load_answers_like_the_own_prefix_cache(station: Station, saved: Saved) -> None:
    """Cold, own hit, reset, pool: the last equals the second, and the journal says how much was
    loaded.
    """
    assert station.reload(saved.ids, "from the pool") == saved.full
    assert station.reload(saved.ids, "from the pool again") == saved.full


def test_a_forged_block_changes_the_answer(station: Station, saved: Saved) -> None:
    """The negative control: a block negated under a checksum that fits it is loaded, and seen in
    the answer.

    Without this, equal answers would show nothing. Only the files' owner can do it; a client can't
    write checksums.
    """
    arena = station.host.arena()
    reference = station.references.full(saved.ids)
    for slot in saved.needed():
        payload = arena.payload(slot)
        arena.forge(slot, negated(payload))
        station.engine.reset()
        answer, loaded = station.observed(saved.ids)
        arena.forge(slot, payload)
        assert loaded == saved.full
        assert not answer.same_answer(reference), (
            f"group {slot.header['group']} has no part in the answer"
        )
        assert station.reload(saved.ids, "after a forgery was taken back") == saved.full


def test_a_flipped_byte_is_a_counted_miss(station: Station, saved: Saved) -> None:
    """The block and what follows it are computed again, the answer is right, and the next load is
    whole.
    """
    arena, before = station.host.arena(), station.host.counters()
    slot = saved.in_full_group(5 if station.name in PARTIAL else 0)
    arena.flip_byte(slot, at=17)
    asked = station.references.saving(saved.ids)
    loaded = station.reload(asked, f"byte flipped in block {position(slot)}")
    assert loaded == position(slot) * station.references.block_tokens
    station.host.settled()
    assert station.host.counters()["blocks_corrupt"] == before["blocks_corrupt"] + 1
    assert station.reload(saved.ids, "saved anew after the flip") == saved.full
    assert arena.spoiled() == []
    station.all_blocks_free()


def negated(payload: bytes) -> bytes:
    """Every bfloat16 with its sign turned: finite, so that nothing but this block's content
    changes.
    """
    return (np.frombuffer(payload, "<u2") ^ BFLOAT16_SIGN).tobytes()
