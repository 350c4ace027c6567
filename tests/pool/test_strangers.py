"""Garbage at a member's ports, and a member that lies: misses, bounded memory, and nobody else is
touched.
"""

import json
import os
import random
import re
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from e2e.admin import wait_until
from rig.hosts import Host
from rig.reaper import Reaper

from pool.client import chain, first, hits
from pool.conftest import Clients
from pool.layouts import layout
from pool.members import Member, Pool

PAYLOAD_BYTES = 16 << 10
LIES = ("nonsense", "beyond", "short", "long", "other", "stranger", "huge", "silent")
LIAR_PORT, STRANGER_PORT = 4801, 4802
GROWTH_MAX = 192 << 20
SERVING = re.compile(r"serving other members at (\S+):(\d+) and \[\S+:(\d+)")
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DESCRIBE = b"/moonpool.v1.Peer/Describe"


def ports(member: Member) -> tuple[int, int]:
    """Of a member's last start: for calls and for blocks."""
    _, calls, blocks = SERVING.findall(member.said())[-1]
    return int(calls), int(blocks)


def frame(kind: int, body: bytes, length: int | None = None, stream: int = 1) -> bytes:
    """One of HTTP/2; the length may lie."""
    told = len(body) if length is None else length
    return told.to_bytes(3, "big") + bytes([kind, 4]) + stream.to_bytes(4, "big") + body


def greeting(major: int = 1, token: bytes = bytes(16)) -> bytes:
    """What a guest of the transfer port says first."""
    return b"MOONXFER" + struct.pack("<HHI", major, 0, 0) + token + bytes(8)


def garbage(draw: random.Random) -> Iterator[bytes]:
    """What strangers say: noise, other protocols, and beginnings of ours whose numbers lie."""
    yield from (draw.randbytes(1 << size) for size in range(0, 17, 2))
    yield bytes(1 << 20)
    yield b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n"
    yield bytes.fromhex("150000000000000038d5e1bb0000000000000000")
    yield PREFACE + frame(4, b"", length=0xFFFFFF, stream=0)
    yield PREFACE + frame(4, b"", stream=0) + frame(1, DESCRIBE * 100, length=16_000)
    yield PREFACE + frame(0, b"\x00\xff\xff\xff\xff" + draw.randbytes(4096))
    yield PREFACE + frame(4, b"", stream=0) * 10_000
    yield greeting()
    yield greeting(major=9)
    yield greeting(token=draw.randbytes(16)) + draw.randbytes(1 << 16)
    yield greeting()[:39]
    yield greeting() + struct.pack("<BBHIQQQ", 1, 0, 0xFFFF, 0xFFFFFFFF, 1, 1 << 63, 0) * 1000


def say(host: Host, there: tuple[str, int], said: bytes) -> None:
    """From that host; being closed in the middle is the right answer."""
    with host.within(lambda: socket.create_connection(there, 5)) as guest:
        guest.settimeout(0.2)
        try:
            guest.sendall(said)
            while guest.recv(65536):
                pass
        except OSError:
            return


def memory(member: Member) -> int:
    """Of the process alone; the arena is shared memory, and counts apart."""
    info = psutil.Process(member.sidecar.pid).memory_info()
    return int(info.rss - info.shared)


@pytest.mark.parametrize("port", ["calls", "blocks"])
def test_garbage_at_a_members_ports_harms_nobody(
    pool: Pool, clients: Clients, seed: int, port: str
) -> None:
    """While it is spoken, and while 300 say nothing at all, the member serves its own engine and
    other hosts.
    """
    a, b, c = pool.members.values()
    on_a, on_b = clients(a, PAYLOAD_BYTES), clients(b, PAYLOAD_BYTES)
    before = memory(a)
    there = (a.host.address, ports(a)[port == "blocks"])
    draw = random.Random(seed)
    with ExitStack() as silent:
        for _ in range(300):
            guest = c.host.within(lambda: socket.create_connection(there, 5))
            silent.enter_context(guest)
        for number, said in enumerate(garbage(draw)):
            say(c.host, there, said)
            keys = chain(f"garbage/{port}/{number}", 4)
            assert on_a.save(keys) == 4
            hits(on_b, keys)
    on_c = clients(c, PAYLOAD_BYTES)
    hits(on_c, chain(f"garbage/{port}/0", 4))
    assert memory(a) - before < GROWTH_MAX


@contextmanager
def babbling(host: Host) -> Iterator[None]:
    """A port that answers everybody with random bytes."""
    server = host.within(lambda: socket.create_server((host.address, STRANGER_PORT)))

    def babble() -> None:
        while True:
            try:
                guest, _ = server.accept()
            except OSError:
                return
            with guest:
                guest.sendall(os.urandom(1 << 16))

    thread = threading.Thread(target=babble, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)


def test_a_member_that_lies_gets_misses_only(pool: Pool, clients: Clients, seed: int) -> None:
    """Blocks that nobody else has are misses, whatever is said of them. Blocks that an honest
    member has too are hits: another replica is asked.
    """
    a, b, _ = pool.members.values()
    on_a, on_b = clients(a, PAYLOAD_BYTES), clients(b, PAYLOAD_BYTES)
    honest = chain("honest", 2)
    assert on_a.save(honest) == 2
    pool.owned_by(honest, 1)
    alone = {lie: chain(f"lie/{lie}", 1) for lie in LIES}
    both = {lie: chain(f"lie and truth/{lie}", 1) for lie in LIES}
    for keys in both.values():
        assert on_a.save(keys) == 1
        pool.owned_by(keys, 1)
    liar = pool.network.host()
    lies = {keys.hex(): lie for told in (alone, both) for lie, keys in told.items()}
    order = {
        "seed": seed,
        "master": pool.master.rpc,
        "peer": f"{liar.address}:{LIAR_PORT}",
        "stranger": f"{liar.address}:{STRANGER_PORT}",
        "honest_peer": f"{a.host.address}:{ports(a)[0]}",
        "honest_key": first(honest, 1).hex(),
        "layout": layout(on_a),
        "epoch": on_b.epoch,
        "payload_bytes": PAYLOAD_BYTES,
        "lies": lies,
    }
    log = pool.logs / "liar.log"
    before = memory(b)
    with babbling(liar), lying(liar, order, log):
        pool.owned_by(both["other"], 2)
        pool.owned_by(alone["other"], 1)
        for lie, keys in alone.items():
            assert on_b.load(keys) == 0, lie
            assert f"asked, told: {lie}\n" in log.read_text(), "nobody was lied to"
        for keys in both.values():
            hits(on_b, keys)
        hits(on_b, honest)
        assert on_b.save(alone["other"]) == 1
        assert on_b.load(alone["other"]) == 1
    assert memory(b) - before < GROWTH_MAX
    wait_until(b.holds_nothing, "no slot is kept for what did not come")
    wait_until(lambda: pool.live() == 3, "the liar is gone")


@contextmanager
def lying(host: Host, order: dict[str, Any], log: Path) -> Iterator[None]:
    command = host.command([sys.executable, str(Path(__file__).with_name("liar.py"))])
    with (
        log.open("w") as sink,
        Reaper.shared().started(
            [*command, json.dumps(order)],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            env=dict(os.environ, GRPC_ENABLE_FORK_SUPPORT="0"),
        ) as process,
    ):
        wait_until(
            lambda: "ready" in log.read_text() or process.poll() is not None, "the liar is ready"
        )
        assert process.poll() is None, log.read_text()
        yield
