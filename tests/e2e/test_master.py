"""The master as operators of Mooncake's meet it: the words that guides show, its ports, its end."""

import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from rig.master import PROGRAM, Master, MasterSpec
from rig.paths import REPOSITORY
from rig.ports import free_ports
from rig.reaper import Reaper
from rig.sidecar import sidecar_folder

from e2e.admin import wait_until

# Mooncake's ServiceReady as its client sends it first: a header of 20 bytes without a body.
SERVICE_READY = bytes.fromhex("150000000000000038d5e1bb0000000000000000")
REFUSED_S = 60
METADATA_PROGRAM = REPOSITORY / "bin" / "mooncake_http_metadata_server"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with sidecar_folder() as made:
        yield made


@pytest.fixture(scope="module")
def master(folder: Path, logs: Path) -> Iterator[Master]:
    spec = MasterSpec(folder, options=("--enable_http_metadata_server=true", "-v=1"))
    with Master(spec, logs / "master.log") as running:
        yield running


def test_it_says_what_the_guides_expect(master: Master) -> None:
    """Guide 004's expected output, each a line of its own, and today's form in the log."""
    wait_until(lambda: master.log_has("Master Metrics:"), "the first line of figures")
    lines = master.said().splitlines()
    assert f"Master service started on port {master.rpc_port}" in lines
    assert f"HTTP metrics server started on port {master.admin_port}" in lines
    figures = next(line for line in lines if line.startswith("Master Metrics:"))
    assert figures.startswith("Master Metrics: Storage: 0.00 B / 0.00 B | Keys: 0 | ")
    for words in (
        f"Master service started on port {master.rpc_port}, enable_metric_reporting=1, ",
        f"HTTP metadata server started on 127.0.0.1:{master.metadata_port}",
        f"Master admin server started on port {master.admin_port}",
        "Master Admin Metrics: role=leader, state=serving, service_ready=true, "
        "master={Mem Storage: 0 B / 0 B | ",
    ):
        assert master.log_has(words), words


def test_its_process_is_found_by_mooncakes_name(master: Master) -> None:
    """`ps aux | grep mooncake`, as guide 004 debugs."""
    shown = subprocess.run(["ps", "aux"], capture_output=True, text=True, check=True).stdout
    mine = [line for line in shown.splitlines() if line.split()[1] == str(master.pid)]
    assert "mooncake_master" in mine[0]


def test_its_pages_answer(master: Master) -> None:
    assert json.loads(master.get("/health"))["role"] == "leader"
    assert 'href="/metrics"' in master.get("/")
    assert "master_key_count 0.0" in master.get("/metrics")
    assert master.get("/get_all_segments") == ""
    assert json.loads(master.get("/api/v1/segments/status?segment=x", 404))["error_code"] == -101


def test_its_metadata_server_listens_where_it_was_told(master: Master) -> None:
    """Only there: Mooncake's binds every address whatever the flag says."""
    socket.create_connection(("127.0.0.1", master.metadata_port), timeout=5).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", master.metadata_port), timeout=5).close()


def test_a_client_of_mooncakes_own_rpc_is_closed_at_once_and_named(master: Master) -> None:
    for _ in range(3):
        assert answer(master.rpc_port, SERVICE_READY) == b""
    words = f"speaks Mooncake's own RPC to --rpc_port {master.rpc_port}"
    wait_until(lambda: master.log_has(words), "the client is named")
    assert master.said().count(words) == 1


def test_garbage_at_every_port_harms_nobody(master: Master) -> None:
    """Each connection is closed from the other side, at the latest when it has been idle."""
    garbage = (
        b"\0" * 4096,
        b"\x16\x03\x01",
        b"GET \r\n\r\n",
        b"GET / HTTP/1.1\r\nx:",
        b"\xff" * 70_000,
    )
    ports = (master.rpc_port, master.admin_port, master.metadata_port)
    calls = [(port, said) for port in ports for said in garbage]
    with ThreadPoolExecutor(len(calls)) as pool:
        for heard in pool.map(lambda call: answer(*call), calls):
            assert b"200 OK" not in heard
    assert json.loads(master.get("/health"))["status"] == "ok"


def test_a_second_start_names_the_port_and_who_has_it(master: Master, folder: Path) -> None:
    refused = run(f"--rpc_port={master.rpc_port}", f"--data_dir={folder / 'other'}")
    assert refused.returncode == 69
    taken = f"--rpc_port: port {master.rpc_port} at 0.0.0.0 is taken by pid {master.pid} "
    assert f"{taken}(mooncake_master" in refused.stderr
    refused = run(f"--port={free_ports(1)[0]}", f"--metrics_port={master.admin_port}")
    assert f"--metrics_port: port {master.admin_port}" in refused.stderr


@pytest.mark.usefixtures("master")
def test_one_data_directory_serves_one_master(folder: Path) -> None:
    rpc, admin = free_ports(2)
    refused = run(f"--rpc_port={rpc}", f"--metrics_port={admin}", f"--data_dir={folder / 'master'}")
    assert refused.returncode == 78
    assert "in use" in refused.stderr


def test_flags_are_refused_in_one_line() -> None:
    for words, flag in (
        ("--rpc_prot is no known flag; did you mean '--rpc_port'?", "--rpc_prot=1"),
        ("--enable_ha: there is no standby yet", "--enable_ha"),
        ("metrics_host: '203.0.113.1' can't be listened at", "--metrics_host=203.0.113.1"),
    ):
        rpc, admin = free_ports(2)
        refused = run(f"--rpc_port={rpc}", f"--metrics_port={admin}", flag)
        assert refused.returncode == 78
        assert words in refused.stderr
        assert len(refused.stderr.splitlines()) == 1


def test_help_lists_every_flag() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    assert shown.stdout.count("\n  --") > 130


def test_the_metadata_server_runs_alone_as_guide_004_starts_it(logs: Path) -> None:
    [port] = free_ports(1)
    with (logs / "metadata.log").open("w") as sink:
        process = Reaper.shared().start(
            [str(METADATA_PROGRAM), "--port", str(port), "--host=127.0.0.1"],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: fetched(f"{url}/health") == b"OK", "the metadata server answers")
        put = urllib.request.Request(f"{url}/metadata?key=a", b"{}", method="PUT")
        with urllib.request.urlopen(put, timeout=5) as response:
            assert response.read() == b"metadata updated"
        assert fetched(f"{url}/metadata?key=a") == b"{}"
        process.terminate()
        assert process.wait(20) == 0
    finally:
        Reaper.shared().end(process)


def test_the_command_of_guide_000_binds_as_mooncake_does(folder: Path, logs: Path) -> None:
    """`mooncake_master --port 50063`, with a word about who can reach it and what it ignores."""
    spec = MasterSpec(folder / "guide", options=("--rpc_address=0.0.0.0", "--eviction_ratio=0.1"))
    with Master(spec, logs / "master-000.log") as master:
        port = master.rpc_port
        warning = f"reachable from every network, and nothing asks for a password: port {port}"
        assert master.log_has(f"{warning} (--rpc_address narrows it)")
        assert master.log_has("--eviction_ratio has no effect: each sidecar evicts")
        assert f"port {port}" in run("--port", str(port)).stderr
        assert master.terminate() == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()


def test_a_killed_master_comes_back_at_the_same_ports(folder: Path, logs: Path) -> None:
    """With what only it knows: a quota was acknowledged, so it was written."""
    with Master(
        MasterSpec(folder / "again", options=("--enable_multi_tenants",)), logs / "master-kill.log"
    ) as master:
        put = "/api/v1/tenant_quotas?tenant_id=red"
        master.send("PUT", put, '{"requested_quota_bytes":4096}')
        master.kill()
        master.start()
        assert json.loads(master.get(put))["data"]["requested_quota_bytes"] == 4096


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A master that is expected to refuse, to its end."""
    return subprocess.run(
        [str(PROGRAM), *arguments], capture_output=True, text=True, check=False, timeout=REFUSED_S
    )


def fetched(url: str) -> bytes | None:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bytes(response.read())
    except OSError:
        return None


def answer(port: int, said: bytes) -> bytes:
    """What a port answers until it closes the connection, which it does by itself."""
    deadline = time.monotonic() + 60
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        heard = b""
        try:
            client.sendall(said)
            while time.monotonic() < deadline:
                chunk = client.recv(65536)
                if not chunk:
                    break
                heard += chunk
        except ConnectionError:
            return heard
        return heard
