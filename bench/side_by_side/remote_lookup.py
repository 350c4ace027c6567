# SPDX-License-Identifier: Apache-2.0
"""Where 250 blocks are, asked of the master on another host, beside a gRPC unary call there that
does nothing and carries as many bytes both ways.

One client asks both in turns: this file as a process on the asking host. Its input is the order.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from side_by_side import peers
from side_by_side.report import Ratio, Row, median

BLOCKS = 250
PAYLOAD_BYTES = 4096
PEER_PORT = 4790
GOAL = 1.5
PACE_S = 0.001
ROUNDS, CALLS, WARM_CALLS = 4, 300, 2000
TIMEOUT_S = 240.0


def measure(pool: Any, java: Path) -> tuple[list[Row], list[Ratio]]:
    """The pool's member a has the blocks; asked from the host of b."""
    from pool.client import chain
    from pool.layouts import layout
    from pool.messages import messages

    keys = chain("located", BLOCKS)
    with pool.members["a"].client(PAYLOAD_BYTES, "located") as client:
        known = pool.keys()
        if client.save(keys) != BLOCKS:
            raise RuntimeError("the owner did not store the blocks")
        pool.owned_by(keys, 1)
        digest, epoch = bytes.fromhex(layout(client)["digest"]), client.epoch
    if pool.keys() < known + BLOCKS:
        raise RuntimeError("the directory does not know all blocks")
    request = messages()["LocateRequest"](layout=digest, epoch=epoch, hashes=keys)
    master = pool.master.spec.place
    peer = f"{master.address}:{PEER_PORT}"
    order = {"master": pool.master.rpc, "peer": peer, "request": request.SerializeToString().hex()}
    reply = _asked(pool, order | {"rounds": 0})["reply_bytes"]
    with peers.grpc_peer(peer, reply, java, master):
        answer = _asked(pool, order | {"rounds": ROUNDS})
    rows = [
        Row(f"locate of {BLOCKS} blocks, another host", answer["master"], "µs"),
        Row("gRPC unary of the same bytes, another host", answer["peer"], "µs"),
    ]
    ratio = median(answer["master"]) / median(answer["peer"])
    return rows, [Ratio("remote lookup: p50, locate / gRPC", ratio, GOAL)]


def _asked(pool: Any, order: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        pool.members["b"].host.command([sys.executable, __file__]),
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=True,
        timeout=TIMEOUT_S,
    )
    return dict(json.loads(done.stdout))


def main() -> None:
    """On the asking host."""
    import grpc
    from google.protobuf.wrappers_pb2 import BytesValue

    order = json.load(sys.stdin)
    request = bytes.fromhex(order["request"])
    with (
        grpc.insecure_channel(order["master"]) as master,
        grpc.insecure_channel(order["peer"]) as peer,
    ):
        locate = master.unary_unary("/moonpool.v1.Directory/Locate")
        nothing = peer.unary_unary("/moonpool.bench.Peer/Lookup")
        as_many = BytesValue(value=bytes(len(request))).SerializeToString()
        calls = {
            "master": lambda: len(locate(request, timeout=TIMEOUT_S)),
            "peer": lambda: len(nothing(as_many, timeout=TIMEOUT_S)),
        }
        times: dict[str, Any] = {"reply_bytes": calls["master"](), "master": [], "peer": []}
        for _ in range(WARM_CALLS if order["rounds"] else 0):
            for call in calls.values():
                call()
        for _ in range(order["rounds"]):
            for name, call in calls.items():
                times[name] += _paced(call)
    print(json.dumps(times))


def _paced(call: Callable[[], int]) -> list[float]:
    times = []
    for _ in range(CALLS):
        time.sleep(PACE_S)
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1e6)
    return times


if __name__ == "__main__":
    main()
