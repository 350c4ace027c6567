# SPDX-License-Identifier: Apache-2.0
"""Reads of remote objects over the loopback device, through the transport and through plain
blocking sockets that move the same bytes between the same two processes with as many connections.

A plain connection has a thread of its own at both ends, splits each object evenly with the other
one, sends all requests of a batch ahead, and checks nothing. A single read waits for its object
before the next one is asked for, so it shows the latency of the way through one more thread.
"""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from side_by_side.peers import JAR, JVM_OPTIONS
from side_by_side.report import Ratio, Report, Row, median

MAIN = "io.moonpool.bench.transfer.TransferPlain"
GOAL = 0.8
TIMEOUT_S = 600

Case = tuple[int, int, int]


def run(java: Path) -> Report:
    address = f"127.0.0.1:{_free_port()}"
    with _server(java, address):
        done = subprocess.run(
            [java, *JVM_OPTIONS, "-cp", JAR, MAIN, "client", address],
            capture_output=True,
            text=True,
            check=True,
            timeout=TIMEOUT_S,
        )
    samples: dict[Case, list[tuple[float, float]]] = {}
    for line in done.stdout.splitlines():
        if not line.startswith("#"):
            size, pieces, connections, ours, plain = line.split("\t")
            case = (int(size), int(pieces), int(connections))
            samples.setdefault(case, []).append((float(ours), float(plain)))
    return _report(samples)


def _report(samples: dict[Case, list[tuple[float, float]]]) -> Report:
    rows, ratios = [], []
    for case, rounds in samples.items():
        name = _name(case)
        rows.append(Row(f"transport: {name}", [ours for ours, _ in rounds], "GB/s"))
        rows.append(Row(f"plain: {name}", [plain for _, plain in rounds], "GB/s"))
        ratio = median([ours / plain for ours, plain in rounds])
        ratios.append(Ratio(f"speed / plain: {name}", ratio, GOAL, at_most=False))
    return Report(
        "Remote reads over TCP",
        "./moonpool bench transfer",
        rows,
        ratios,
        [(__doc__ or "").strip()],
    )


def _name(case: Case) -> str:
    size, pieces, connections = case
    unit = f"{size >> 20} MiB" if size >= 1 << 20 else f"{size >> 10} KiB"
    how = "single" if pieces == 1 else f"batch of {pieces}"
    return f"{unit}, {how}, {connections} connection{'s' if connections > 1 else ''}"


@contextmanager
def _server(java: Path, address: str) -> Iterator[None]:
    server = subprocess.Popen(
        [java, *JVM_OPTIONS, "-cp", JAR, MAIN, "server", address],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if server.stdout is None or "listening" not in server.stdout.readline():
            raise RuntimeError(
                f"the server did not start; build it with mvn -pl bench -am package ({JAR})"
            )
        yield
    finally:
        server.kill()
        server.wait()


def _free_port() -> int:
    """Where the next port is free too."""
    for _ in range(100):
        with socket.create_server(("127.0.0.1", 0)) as first:
            port = int(first.getsockname()[1])
            try:
                socket.create_server(("127.0.0.1", port + 1)).close()
            except OSError:
                continue
            return port
    raise RuntimeError("no two neighbouring ports are free")
