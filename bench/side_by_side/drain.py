# SPDX-License-Identifier: Apache-2.0
"""A member is drained to another one, and plain sockets move as many bytes between the same two
hosts, while a third host keeps reading what is being moved.

The drain's time begins with the order to the master and ends when the master says that it is done.
Rounds go there and back: who was drained takes everything back in the next one.
"""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from e2e.admin import wait_until
from pool.client import chain
from pool.members import Member, Pool
from rig.paths import LAUNCHER

from side_by_side.report import Ratio, Row, median

GOAL = 0.5
ROUNDS = 4
NAMESPACE = "drained"
PAYLOAD_BYTES = 1 << 20
CHAINS, BLOCKS = 128, 4
TOTAL_BYTES = CHAINS * BLOCKS * PAYLOAD_BYTES
READ_PACE_S = 0.05
PIECE_BYTES = 4 << 20
DRAIN_S = 120.0


class Reads:
    """Reads one chain after the other on a thread of its own; counts what was no whole hit."""

    def __init__(self, member: Member, chains: list[bytes]) -> None:
        self.done = 0
        self.short = 0
        self._member = member
        self._chains = chains
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Reads:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with self._member.client(PAYLOAD_BYTES, NAMESPACE) as client:
            while not self._stop.wait(READ_PACE_S):
                keys = self._chains[self.done % len(self._chains)]
                with client.leased(keys) as entries:
                    self.short += len(entries) != BLOCKS
                self.done += 1


def measure(pool: Pool) -> tuple[list[Row], list[Ratio], str]:
    """Between the pool's members a and b; c reads. The last is how the reads fared."""
    chains = [chain(f"drained/{i}", BLOCKS) for i in range(CHAINS)]
    drained, plain, given_up = [], [], 0
    source, target = pool.members["a"], pool.members["b"]
    with source.client(PAYLOAD_BYTES, NAMESPACE) as saving:
        for keys in chains:
            if saving.save(keys) != BLOCKS:
                raise RuntimeError("the member did not store the blocks")
            pool.owned_by(keys, 1)
    known = pool.keys()
    with Reads(pool.members["c"], chains) as reads:
        for _ in range(ROUNDS):
            plain.append(_plain(source, target))
            rate, dropped = _drain(pool, source, target)
            drained.append(rate)
            given_up += dropped
            source, target = target, source
    lost = known - pool.keys()
    rows = [Row("drain", drained, "MB/s"), Row("plain sockets, one connection", plain, "MB/s")]
    ratio = Ratio("drain: speed / plain", median(drained) / median(plain), GOAL, at_most=False)
    told = (
        f"{reads.done} reads went on during the drains; {reads.short} fell short. Of {known} blocks"
        f" {lost} were lost; {given_up} were, for a moment, known to be nowhere."
    )
    return rows, [ratio], told


def _drain(pool: Pool, source: Member, target: Member) -> tuple[float, int]:
    """MB/s of all that the source has, and blocks that it let go before anybody else had them."""
    order = {"segments": [_name(pool, source)], "target_segments": [_name(pool, target)]}
    began = time.perf_counter()
    job = json.loads(pool.master.send("POST", "/api/v1/drain_jobs", json.dumps(order)))["job_id"]
    query = f"/api/v1/drain_jobs/query?job_id={job}"

    def done() -> dict[str, int] | None:
        answer = json.loads(pool.master.get(query))
        return answer if answer["status_name"] == "SUCCEEDED" else None

    moved = wait_until(done, "the member is drained", DRAIN_S) or {"failed_units": 0}
    taken = time.perf_counter() - began
    _fill_again(pool, source)
    return TOTAL_BYTES / taken / 1e6, moved["failed_units"]


def _fill_again(pool: Pool, member: Member) -> None:
    """It has been drained, and may be given blocks again."""
    command = [str(LAUNCHER), "drain", "--cancel", "--master", pool.master.rpc, _name(pool, member)]
    subprocess.run(pool.master.spec.place.command(command), check=True, capture_output=True)


def _name(pool: Pool, member: Member) -> str:
    """What the directory calls it: its address and a port."""
    names = pool.master.get("/get_all_segments").split()
    return next(name for name in names if name.startswith(f"{member.host.address}:"))


def _plain(source: Member, target: Member) -> float:
    """MB/s of one connection that does nothing else."""
    with _connected(source, target) as (sending, receiving):
        buffer = bytearray(PIECE_BYTES)
        thread = threading.Thread(target=_send, args=(sending,))
        began = time.perf_counter()
        thread.start()
        received = 0
        while received < TOTAL_BYTES:
            received += receiving.recv_into(buffer)
        taken = time.perf_counter() - began
        thread.join()
    return TOTAL_BYTES / taken / 1e6


def _send(sending: socket.socket) -> None:
    piece = bytes(PIECE_BYTES)
    for _ in range(TOTAL_BYTES // PIECE_BYTES):
        sending.sendall(piece)


@contextmanager
def _connected(source: Member, target: Member) -> Iterator[tuple[socket.socket, socket.socket]]:
    address = target.host.address
    with target.host.within(lambda: socket.create_server((address, 0))) as door:
        port = door.getsockname()[1]
        with source.host.within(lambda: socket.create_connection((address, port))) as sending:
            receiving, _ = door.accept()
            with receiving:
                yield sending, receiving
