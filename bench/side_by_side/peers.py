# SPDX-License-Identifier: Apache-2.0
"""The other ways to ask a process of the same host: gRPC unary and pyzmq, with the payload of a
lookup.
"""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rig.place import HERE, Place
from rig.reaper import Reaper

from side_by_side.report import ROOT

Call = Callable[[], None]
JAR = ROOT / "bench" / "target" / "benchmarks.jar"
START_TIMEOUT_S = 30
# Those of ./moonpool.
JVM_OPTIONS = (
    "-XX:+UseSerialGC",
    "-Xmx256m",
    "--enable-native-access=ALL-UNNAMED",
    "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)


@contextmanager
def grpc_unary(folder: Path, request: bytes, reply_bytes: int, java: Path) -> Iterator[Call]:
    """A Java server, as the sidecar's control plane is one, and Python's grpcio."""
    import grpc
    from google.protobuf.wrappers_pb2 import BytesValue

    socket = folder / "grpc.sock"
    with (
        grpc_peer(str(socket), reply_bytes, java, HERE),
        grpc.insecure_channel(f"unix:{socket}") as channel,
    ):
        lookup = channel.unary_unary(
            "/moonpool.bench.Peer/Lookup",
            request_serializer=BytesValue.SerializeToString,
            response_deserializer=BytesValue.FromString,
        )
        message = BytesValue(value=request)
        yield lambda: _expect(len(lookup(message, timeout=START_TIMEOUT_S).value), reply_bytes)


@contextmanager
def grpc_peer(address: str, reply_bytes: int, java: Path, place: Place) -> Iterator[None]:
    """The server alone, at a socket's path or at host:port of its place."""
    main = "io.moonpool.bench.peers.GrpcPeer"
    command = [str(java), *JVM_OPTIONS, "-cp", str(JAR), main, address, str(reply_bytes)]
    server = Reaper.shared().start(
        place.command(command), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        if server.stdout is None or "ready" not in server.stdout.readline():
            raise RuntimeError(
                f"the gRPC peer did not start; build it with mvn -pl bench -am package ({JAR})"
            )
        yield
    finally:
        Reaper.shared().end(server)


@contextmanager
def pyzmq_ipc(folder: Path, request: bytes, reply_bytes: int) -> Iterator[Call]:
    """REQ and REP over ipc, Python on both sides, as the stock connector asks its worker."""
    import zmq

    address = f"ipc://{folder / 'zmq.sock'}"
    server = multiprocessing.get_context("spawn").Process(
        target=_serve_zmq, args=(address, reply_bytes), daemon=True
    )
    server.start()
    context = zmq.Context()
    client = context.socket(zmq.REQ)
    client.setsockopt(zmq.RCVTIMEO, START_TIMEOUT_S * 1000)
    client.setsockopt(zmq.LINGER, 0)
    client.connect(address)

    def call() -> None:
        client.send(request)
        _expect(len(client.recv()), reply_bytes)

    try:
        yield call
    finally:
        client.close()
        context.term()
        server.kill()
        server.join()


def _serve_zmq(address: str, reply_bytes: int) -> None:
    import zmq

    server = zmq.Context().socket(zmq.REP)
    server.bind(address)
    reply = bytes(reply_bytes)
    while True:
        server.recv()
        server.send(reply)


def _expect(got: int, wanted: int) -> None:
    if got != wanted:
        sys.exit(f"peer: reply of {got} bytes, expected {wanted}")
