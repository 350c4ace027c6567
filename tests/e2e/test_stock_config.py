"""The stock connector's own configuration, unedited: the guide's commands serve from Moonpool once
it is installed.

They run on a host of their own, whose port 50063 is as free as the guide takes it to be.
"""

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rig.engines import Engine, EngineSpec, prompt
from rig.hosts import Network
from rig.master import PROGRAM
from rig.paths import LAUNCHER, REPOSITORY
from rig.reaper import Reaper
from rig.sidecar import sidecar_folder

from e2e.fleet import PATIENT, Fleet
from e2e.host import Host
from e2e.journal import Journal
from e2e.references import References
from e2e.server import ApiServer
from e2e.station import Station

TOKENS = 512 + 60
FULL = 512
HITS = "vllm:external_prefix_cache_hits_total"

# The guide's commands and file, to the letter: its trailing comma, its sizes as strings, its
# protocol.
GUIDE_MASTER = "mooncake_master --port 50063"
GUIDE_STRING = '{"kv_connector":"MooncakeStoreConnector","kv_role":"kv_both"}'
GUIDE_FILE = """{
"metadata_server": "http://127.0.0.1:8092/metadata",
"master_server_address": "127.0.0.1:50063",
"global_segment_size": "0",
"local_buffer_size": "2147483648",
"protocol": "rdma",
"device_name": "",
}
"""
INSIDE_MULTI = {
    "kv_connector": "MultiConnector",
    "kv_role": "kv_both",
    "kv_connector_extra_config": {
        "connectors": [
            {
                "kv_connector": "MooncakeStoreConnector",
                "kv_role": "kv_both",
                "kv_connector_extra_config": PATIENT,
            }
        ]
    },
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shim as pip installs it: its entry point is what vLLM finds, not its sources."""
    folder = tmp_path_factory.mktemp("shim")
    source, target = folder / "source", folder / "site"
    # A build writes beside its sources.
    shutil.copytree(REPOSITORY / "connector-python-shim", source)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-deps", "--no-build-isolation", "--no-index", "--target", str(target)]
    subprocess.run([*pip, *offline, str(source)], check=True, timeout=120)
    return target


@pytest.fixture(scope="module")
def guide_host(fleet: Fleet, logs: Path) -> Iterator[Host]:
    """A host with the guide's master, and a sidecar that was told nothing."""
    fleet.close()
    with Network() as network, sidecar_folder() as folder:
        place = network.host()
        with (
            (logs / "guide-master.log").open("w") as log,
            Reaper.shared().started(
                place.command(shlex.split(f"{PROGRAM.parent}/{GUIDE_MASTER}")),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(os.environ, XDG_STATE_HOME=str(folder)),
            ),
        ):
            host = Host(folder, logs / "guide-sidecar.log", 512 << 20, place=place)
            with contextlib.closing(host):
                host.start()
                yield host


@pytest.fixture(scope="module")
def guide_server(
    installed: Path, guide_host: Host, logs: Path, journal: Journal
) -> Callable[[Path], ApiServer]:
    """Starts the guide's command for a model, as often as it is called."""
    file = logs / "mooncake_config.json"
    file.write_text(GUIDE_FILE)
    environ = {
        **guide_host.sidecar.environ,
        "MOONCAKE_CONFIG_PATH": str(file),
        "MOONPOOL_REPLACE_MOONCAKE": "1",
        "VLLM_SERVER_DEV_MODE": "1",
        "PYTHONPATH": str(installed),
    }
    options = ["--enforce-eager", "--max-model-len", "8192", "--kv-transfer-config", GUIDE_STRING]

    def server(model: Path) -> ApiServer:
        number = len(journal.engine_starts)
        journal.started("API server")
        log = logs / f"server-{number}.log"
        return ApiServer(["--model", str(model), *options], environ, log, guide_host.place)

    return server


def test_the_guides_command_is_served_by_moonpool_and_survives_a_restart(
    guide_server: Callable[[Path], ApiServer], model_root: Path, guide_host: Host, journal: Journal
) -> None:
    """Cold, own hit, pool, then a new server that never saw the prompt: the logprobs of the own
    hit. The sidecar joins the master that the file names, without RDMA and metadata server.
    """
    ids = prompt(800, TOKENS)
    with guide_server(model_root / "gqa") as server:
        assert served_by_moonpool(server)
        server.complete(ids)
        own_hit = server.complete(ids)
        guide_host.settled()
        server.reset()
        assert server.complete(ids) == own_hit
        assert server.metric(HITS) == FULL
    journal.note("API server: reset", TOKENS, FULL, "its own hit")
    with guide_server(model_root / "gqa") as server:
        assert server.complete(ids) == own_hit
        assert server.metric(HITS) == FULL
    journal.note("API server: restarted", TOKENS, FULL, "own hit of the first")
    said = guide_host.sidecar.log.read_text()
    assert "joined the pool of [127.0.0.1:50063]" in said
    assert said.count("protocol: rdma is not available") == 1


def served_by_moonpool(server: ApiServer) -> bool:
    """The log says which class serves the name, in the API server and in the engine core."""
    lines = [line for line in server.log_lines("MooncakeStoreConnector") if "moonpool.vllm" in line]
    return len(lines) >= 2


@pytest.fixture
def lonely(installed: Path, model_root: Path, logs: Path, journal: Journal) -> Iterator[Station]:
    """An engine with our connector inside MultiConnector, at a socket where nobody listens yet."""
    with sidecar_folder() as folder:
        host = Host(folder, logs / "autostarted.log", 512 << 20)
        spec = EngineSpec(
            python=Path(sys.executable),
            model=model_root / "gqa",
            kv_transfer_config=INSIDE_MULTI,
            environ={
                **host.sidecar.environ,
                "MOONPOOL_REPLACE_MOONCAKE": "1",
                "MOONPOOL_AUTOSTART": "1",
                "MOONPOOL_COMMAND": str(small_sidecar(host)),
                "PYTHONPATH": str(installed),
            },
        )
        with contextlib.closing(host), Engine(spec, logs / "multi.log") as engine:
            journal.started("MultiConnector")
            host.attached(2)
            yield Station("MultiConnector", engine, host, References(engine), journal)


def test_inside_multiconnector_with_a_sidecar_that_starts_itself(lonely: Station) -> None:
    """MOONPOOL_AUTOSTART=1: the engine's processes start one sidecar between them, and load from
    it.
    """
    ids = prompt(810, TOKENS)
    assert lonely.save(ids), lonely.host.counters()
    assert lonely.reload(ids, "autostarted sidecar") == FULL
    assert len(lonely.host.autostarted()) == 1


def small_sidecar(host: Host) -> Path:
    """The launcher with the options of this host; autostart adds the verb and the socket."""
    options = " ".join(host.sidecar.spec.command(0)[4:])
    script = host.sidecar.spec.folder / "moonpool"
    script.write_text(f'#!/bin/sh\nexec {LAUNCHER} "$@" {options}\n')
    script.chmod(0o755)
    return script
