# SPDX-License-Identifier: Apache-2.0
"""The property that matters most: whatever the order of hooks, nothing wrong gets out and nothing
stays held.
"""

import os
import random
import time
from pathlib import Path
from typing import Any

import pytest
from moonpool.vllm.connector import MooncakeStoreConnector
from sim import setups
from sim.engine import BAD, Rank, SimEngine, page
from sim.pool import SimPool, SimSchedulerSession

STEPS = 400
SETTLE_S = 60


def make_engine(
    home: Path,
    dice: random.Random,
    monkeypatch: pytest.MonkeyPatch,
    groups: list[Any],
    *,
    ranks: int,
    depth: int,
    **extra: Any,
) -> SimEngine:
    """An engine whose sessions are simulated; the pool checks the bytes of everything that is
    committed.
    """
    blocks = dice.randrange(22, 40) * len(groups)
    config = setups.vllm_config(home, asynchronous=depth > 1, **extra)
    config.parallel_config.tensor_parallel_size = ranks
    config.parallel_config.world_size = ranks
    config.cache_config.num_gpu_blocks = blocks
    config.scheduler_config.async_scheduling = depth > 1  # the CPU platform would not overlap steps
    assert config.max_concurrent_batches == depth
    engines: list[SimEngine] = []

    def check(group: int, key: bytes, payloads: list[bytes]) -> None:
        engine = engines[0]
        for request in engine.live.values():
            engine._note_truth(request)
        tokens = engine.truth[key]
        stored = engine.setup.plan.groups[group]
        for rank, payload in enumerate(payloads):
            layers = range(len(stored.layer_names))
            pages = [
                page(tokens, stored.block_tokens, layer, stored.engine_group, rank)
                for layer in layers
            ]
            assert payload == b"".join(pages), "a wrong block was committed"

    def session(spec: Any, **options: Any) -> SimSchedulerSession:
        slot_bytes = max(shard.slot_bytes for group in spec.groups for shard in group.shards)
        made = SimSchedulerSession(SimPool(400, slot_bytes, check), spec.groups, dice)
        made.start = lambda: None
        return made

    monkeypatch.setattr("moonpool.client.scheduler.SchedulerSession", session)
    engine = SimEngine(config, setups.cache_config(blocks, *groups), dice, ranks=ranks, depth=depth)
    engines.append(engine)
    return engine


def arrive(engine: SimEngine, dice: random.Random) -> None:
    if len(engine.live) < 8:
        name = f"r{len(engine.finished)}-{dice.randrange(1 << 32)}"
        engine.add(name, setups.prompts(dice), dice.randrange(1, 12))


def leave(engine: SimEngine, dice: random.Random) -> None:
    if engine.live:
        engine.abort(dice.choice(list(engine.live)))


def take_leased_slot(engine: SimEngine, dice: random.Random) -> None:
    if engine.pool.leases:
        engine.pool.spoil(dice.choice(dice.choice(list(engine.pool.leases.values()))))


def kill(engine: SimEngine, dice: random.Random) -> None:
    if not engine.session.dead:
        engine.session.die()


def revive(engine: SimEngine, dice: random.Random) -> None:
    engine.session.frozen = False
    if engine.session.dead:
        engine.session.revive()


def freeze(engine: SimEngine, dice: random.Random) -> None:
    engine.session.frozen = True


def unmap_now_and_then(engine: SimEngine, dice: random.Random) -> None:
    for rank in engine.ranks:
        rank.session.absent = dice.choice([0.0, 0.3])


def reset(engine: SimEngine, dice: random.Random) -> None:
    engine.scheduler.reset_prefix_cache(reset_connector=dice.random() < 0.1)


EVENTS = {
    arrive: 35,
    leave: 5,
    take_leased_slot: 3,
    kill: 1,
    freeze: 1,
    revive: 6,
    unmap_now_and_then: 1,
    reset: 8,
    lambda engine, dice: None: 44,
}


def storm(engine: SimEngine, dice: random.Random, steps: int) -> None:
    for _ in range(steps):
        (event,) = dice.choices(list(EVENTS), list(EVENTS.values()))
        event(engine, dice)
        if engine.busy or dice.random() < 0.2:
            engine.step()


def settle(engine: SimEngine, *, mend: bool = True) -> None:
    """The storm ends: everything alive may finish, with a pool that answers."""
    engine.session.frozen = False
    if engine.session.dead:
        engine.session.revive()
    for rank in engine.ranks if mend else ():
        rank.session.absent = 0.0
    end = time.monotonic() + SETTLE_S
    while engine.busy and time.monotonic() < end:
        engine.step()
        time.sleep(0.001)  # as an idle engine does: loads have a thread of their own
    while engine.pipeline:
        engine._update(engine.pipeline.popleft())
    for _ in range(50):
        engine.connector._scheduler._pump()


SHAPES = {
    "one group": lambda: [setups.full_group(3)],
    "window": lambda: [setups.full_group(2), setups.window_group(2, window=9)],
    "larger window blocks": lambda: [
        setups.full_group(2),
        setups.window_group(2, window=9, block=8),
    ],
}


@pytest.fixture
def dice() -> random.Random:
    """A new story each run; STORM_SEED tells an old one again."""
    seed = int(os.environ.get("STORM_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"seed={seed}")
    return random.Random(seed)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("depth", [1, 2])
def test_a_calm_engine_loads_what_it_saved(
    shape: str, depth: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(
        tmp_path, random.Random(1), monkeypatch, SHAPES[shape](), ranks=2, depth=depth
    )
    for name in ("first", "second"):
        engine.add(name, [100] * 40, 4)
        settle(engine)
        assert engine.scheduler.reset_prefix_cache()
    assert engine.totals["loads"] == 2  # one on each rank
    check_aftermath(engine)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("depth", [1, 2])
def test_a_load_that_failed_is_computed_and_not_tried_again(
    shape: str, depth: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(
        tmp_path, random.Random(1), monkeypatch, SHAPES[shape](), ranks=2, depth=depth
    )
    engine.add("first", [100] * 40, 4)
    settle(engine)
    assert engine.scheduler.reset_prefix_cache()
    engine.add("second", [100] * 40, 4)
    engine.ranks[1].session.absent = 1.0  # this rank can't load, now or later
    settle(engine, mend=False)
    assert engine.totals["loads"] == 2  # one on each rank
    assert [failed_keys(rank) > 0 for rank in engine.ranks] == [False, True]
    check_aftermath(engine)


@pytest.mark.parametrize("depth", [1, 2])
def test_a_reader_of_blocks_whose_load_failed_is_right_when_the_loader_is_gone(
    depth: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two requests share a prefix that the first one loads; it fails, and the first is aborted."""
    engine = make_engine(
        tmp_path, random.Random(1), monkeypatch, SHAPES["one group"](), ranks=1, depth=depth
    )
    engine.add("saves", [100] * 40, 4)
    settle(engine)
    assert engine.scheduler.reset_prefix_cache()
    engine.ranks[0].session.absent = 1.0
    engine.add("loads", [*[100] * 40, 1], 8)
    engine.add("reads", [*[100] * 40, 2], 8)
    while not engine.totals["loads"]:
        engine.step()
    engine.abort("loads")
    check_aftermath(engine)
    assert [request.request_id for request in engine.finished] == ["saves", "reads"]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("ranks", "depth"), [(1, 1), (2, 1), (2, 2)])
@pytest.mark.parametrize("in_step", [True, False])
def test_storm(
    shape: str,
    ranks: int,
    depth: int,
    in_step: bool,
    dice: random.Random,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    extra = {"save_decode_cache": dice.random() < 0.5}
    if not in_step:
        extra["moonpool.sync_load_max_bytes"] = 0
    engine = make_engine(
        tmp_path, dice, monkeypatch, SHAPES[shape](), ranks=ranks, depth=depth, **extra
    )
    storm(engine, dice, STEPS)
    check_aftermath(engine)


def test_storm_of_an_engine_without_a_bound_pool(
    dice: random.Random, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Older engines: no references on blocks, no view of the block tables; finished requests wait
    for their copies.
    """
    build = MooncakeStoreConnector.build_connector_meta

    def build_blindly(connector: Any, output: Any) -> Any:
        output.kv_connector_block_state = None
        return build(connector, output)

    monkeypatch.setattr(MooncakeStoreConnector, "bind_kv_cache_manager", lambda *_: None)
    monkeypatch.setattr(MooncakeStoreConnector, "build_connector_meta", build_blindly)
    engine = make_engine(tmp_path, dice, monkeypatch, SHAPES["one group"](), ranks=2, depth=1)
    storm(engine, dice, STEPS)
    check_aftermath(engine)


def failed_keys(rank: Rank) -> int:
    """Blocks that a rank could not load."""
    loads = rank.half.stats.take({}).data["operations"]["load_get"]
    return sum(load["num_failed_keys"] for load in loads)


def check_aftermath(engine: SimEngine) -> None:
    settle(engine)
    half = engine.connector._scheduler
    print(dict(engine.totals))
    assert engine.finished
    assert all(BAD not in request.output_token_ids for request in engine.finished), (
        "a wrong token got out"
    )
    stuck = [
        (name, r.status.name, r.num_computed_tokens, r.num_tokens)
        for name, r in engine.live.items()
    ]
    assert not stuck
    assert (half._lookups.held, half._loads.held, half._saves.held, half._pins.held) == (0, 0, 0, 0)
    assert not engine.pool.leases
    assert not engine.pool.intents
    assert engine.free_blocks == engine.free_at_start
    assert all(rank.session.copies == 0 for rank in engine.ranks)
