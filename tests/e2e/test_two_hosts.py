"""Two hosts with an engine each: what one computed, the other loads over the network, to the bit.

Both sidecars start without a word about a pool. The engines bring it: Mooncake's file, as the guide
writes it, at MOONCAKE_CONFIG_PATH. One engine only produces, the other only consumes; between them
is nothing but the store.

A silent host costs a lookup 200 ms at most. Where two engines and their sidecars share two cores a
host may be silent for so long: a case asks up to three times for a whole hit.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from rig.engines import Engine, EngineSpec, prompt
from rig.hosts import Network
from rig.master import Master, MasterSpec
from rig.sidecar import sidecar_folder

from e2e.admin import wait_until
from e2e.arena import Slot
from e2e.fleet import CONNECTOR, PATIENT, Fleet
from e2e.host import Host
from e2e.journal import Journal
from e2e.references import References
from e2e.station import HITS_AGAIN_ATTEMPTS, Station
from e2e.test_shapes import negated

TOKENS = 1024 + 60
FULL = 1024
ARENA_BYTES = 512 << 20
GUIDE = """{{
"metadata_server": "http://{address}:8092/metadata",
"master_server_address": "{master}",
"global_segment_size": "536870912",
"local_buffer_size": "2147483648",
"protocol": "rdma",
"device_name": "",
}}
"""


@dataclass(frozen=True)
class TwoHosts:
    """Prefill on one, decode on the other."""

    master: Master
    producer: Station
    consumer: Station

    def save(self, seed: int) -> tuple[list[int], list[Slot]]:
        """A prompt that the producer computed, when the pool knows of all its blocks."""
        ids = prompt(seed, TOKENS)
        slots = self.producer.save(ids)
        assert len(slots) == FULL // 128
        wait_until(lambda: all(map(self.is_known, slots)), "the master knows every block")
        return ids, slots

    def is_known(self, slot: Slot) -> bool:
        key = slot.hash.hex()
        return bool(json.loads(self.master.get(f"/batch_query_keys?keys={key}"))["data"][key]["ok"])


@pytest.fixture(scope="module")
def two(fleet: Fleet, model_root: Path, logs: Path, journal: Journal) -> Iterator[TwoHosts]:
    """A master and two hosts, each with a sidecar and an engine."""
    fleet.close()
    with ExitStack() as stack:
        network = stack.enter_context(Network())
        folder = stack.enter_context(sidecar_folder())
        spec = MasterSpec(folder, place=network.host())
        master = stack.enter_context(Master(spec, logs / "pool-master.log"))
        file = folder / "mooncake_config.json"
        file.write_text(GUIDE.format(address=master.spec.place.address, master=master.rpc))
        made = []
        for role in ("kv_producer", "kv_consumer"):
            place = network.host()
            host = Host(_below(folder, role), logs / f"{role}.log", ARENA_BYTES, place=place)
            stack.callback(host.close)
            host.start()
            spec_of_engine = _engine(model_root / "mha", role, host, file)
            engine = Engine(spec_of_engine, logs / f"engine-{role}.log")
            stack.callback(engine.kill)
            made.append((role, engine, host))
        stations = []
        for role, engine, host in made:
            engine.wait_ready()
            journal.started(role)
            host.attached(2)
            stations.append(Station(role, engine, host, References(engine), journal))
        yield TwoHosts(master, *stations)


def _below(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made


def _engine(model: Path, role: str, host: Host, file: Path) -> EngineSpec:
    """It alone is told of the pool."""
    return EngineSpec(
        python=Path(sys.executable),
        model=model,
        kv_transfer_config=CONNECTOR | {"kv_role": role, "kv_connector_extra_config": PATIENT},
        environ={**host.sidecar.environ, "MOONCAKE_CONFIG_PATH": str(file)},
        place=host.place,
    )


def test_the_sidecars_took_over_what_the_engines_were_told(two: TwoHosts) -> None:
    """And say in one line that there is no RDMA here."""
    for station in (two.producer, two.consumer):
        said = station.host.sidecar.log.read_text()
        assert f"joined the pool of [{two.master.rpc}]" in said
        assert said.count("protocol: rdma is not available") == 1
    members = two.master.get("/get_all_segments").split()
    assert len(members) == 2


def test_what_one_host_computed_the_other_loads(two: TwoHosts) -> None:
    """Loaded on a host that never saw the prompt, the answer is that of its engine's own hit; so it
    is a second time, when the blocks are on both hosts.
    """
    ids, saved = two.save(900)
    two.consumer.hits_again(ids, "from another host", FULL)
    assert two.consumer.reload(ids, "from its own host by now") == FULL
    arena, far = two.consumer.host.arena(), two.producer.host.arena()
    here = {slot.key: arena.sha256(slot) for slot in arena.committed()}
    assert {slot.key: here.get(slot.key) for slot in saved} == {
        slot.key: far.sha256(slot) for slot in saved
    }
    assert arena.spoiled() == []


def test_the_answer_depends_on_what_came_over_the_network(two: TwoHosts) -> None:
    """The negative control: a block negated on the host that saved it, under a checksum that fits,
    is loaded on the other, and seen in the answer.
    """
    ids, saved = two.save(901)
    reference = two.consumer.references.full(ids)
    arena, slot = two.producer.host.arena(), saved[len(saved) // 2]
    arena.forge(slot, negated(arena.payload(slot)))
    for _ in range(HITS_AGAIN_ATTEMPTS):
        two.consumer.engine.reset()
        answer, loaded = two.consumer.observed(ids)
        if loaded == FULL:
            break
    assert loaded == FULL
    assert not answer.same_answer(reference)


def test_a_block_that_was_damaged_on_its_host_is_not_loaded_elsewhere(two: TwoHosts) -> None:
    """Without a checksum that fits: what lies before it is loaded, the rest computed."""
    ids, saved = two.save(902)
    arena, slot = two.producer.host.arena(), saved[len(saved) // 2]
    arena.flip_byte(slot, at=17)
    loaded = two.consumer.reload(ids, "damaged on the other host")
    assert loaded <= int(slot.header["position"]) * 128
    two.consumer.all_blocks_free()


def test_a_consumer_saves_nothing(two: TwoHosts) -> None:
    ids = prompt(903, TOKENS)
    assert two.consumer.save(ids) == []
    assert two.producer.reload(ids, "computed by a consumer") == 0


def test_the_host_that_saved_may_die(two: TwoHosts) -> None:
    """What the other one has loaded stays; what it has not is computed, and right."""
    loaded, _ = two.save(904)
    two.consumer.hits_again(loaded, "before the other host died", FULL)
    unloaded, _ = two.save(905)
    two.producer.host.kill()
    assert two.consumer.reload(loaded, "the other host is dead") == FULL
    assert two.consumer.reload(unloaded, "the other host is dead") == 0
    two.consumer.all_blocks_free()
