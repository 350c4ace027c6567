"""Two engines on one sidecar: what one saved, the other loads, and nothing is stored twice."""

from collections import Counter
from collections.abc import Callable

from rig.engines import Request, prompt

from e2e.arena import ArenaReader
from e2e.fleet import Fleet
from e2e.station import Station

TOKENS = 512 + 60
BLOCKS = TOKENS // 128

Stations = Callable[[str], Station]


def stored_once(arena: ArenaReader) -> bool:
    """No key has two committed slots."""
    names = ("digest", "epoch", "group", "hash", "shard")
    counts = Counter(
        tuple(slot.header[name].tobytes() for name in names) for slot in arena.committed()
    )
    return max(counts.values()) == 1


def test_the_second_loads_what_the_first_saved(stations: Stations) -> None:
    first, second = stations("mha"), stations("mha-second")
    ids = prompt(400, TOKENS)
    first.save(ids)
    assert second.reload(ids, "saved by another engine") == 512


def test_the_same_prompt_at_once_is_stored_once(stations: Stations) -> None:
    first, second = stations("mha"), stations("mha-second")
    ids, before = prompt(401, TOKENS), first.host.counters()
    both = [station.engine.submit([Request(ids)]) for station in (first, second)]
    answers = [pending.results()[0] for pending in both]
    first.host.settled()
    assert first.host.counters()["blocks_stored"] == before["blocks_stored"] + BLOCKS
    assert stored_once(first.host.arena())
    for station, answer in zip((first, second), answers, strict=True):
        station.explained(answer, ids, answer.cached, "the same prompt in two engines at once")


def test_what_a_killed_engine_saved_is_served(stations: Stations, fleet: Fleet) -> None:
    """SIGKILL to every process of the first; the second never saw the prompt; then the first's
    successor hits too.
    """
    first, second = stations("mha"), stations("mha-second")
    ids = prompt(402, TOKENS)
    first.save(ids)
    fleet.lost("mha")
    assert second.reload(ids, "saved by an engine that was killed") == 512
    second.host.settled()
    again = stations("mha")
    assert again.reload(ids, "the restarted engine") == 512
    assert again.host.arena().spoiled() == []


def test_a_kill_while_saving_leaves_nothing_pinned(stations: Stations, fleet: Fleet) -> None:
    """The lock of the dead process falls, and with it its reservations and leases."""
    survivor, victim = stations("mha"), stations("mha-second")
    ids = prompt(403, TOKENS)
    victim.engine.submit([Request(ids)])
    victim.host.saving()
    fleet.lost("mha-second")
    survivor.host.settled()
    assert survivor.host.arena().spoiled() == []
    survivor.reload(ids, "half saved by an engine that was killed")
    survivor.all_blocks_free()
