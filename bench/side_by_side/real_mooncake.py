# SPDX-License-Identifier: Apache-2.0
"""The real Mooncake on hosts of its own: a master, and clients as processes (mooncake_agent.py).

Its connection pool, which is off unless asked for, is switched on: that is what to be compared to.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rig.hosts import Host
from rig.reaper import Process, Reaper, kill_group

AGENT = Path(__file__).with_name("mooncake_agent.py")
RPC_PORT = 50051
START_S = 30.0
ANSWER_S = 120.0
POLL_S = 0.05
ENVIRON = {"MC_TCP_ENABLE_CONNECTION_POOL": "1", "GLOG_minloglevel": "1"}


class RealMaster:
    """Its own mooncake_master on a host, which may be killed and started again."""

    def __init__(self, home: Path, host: Host, log: Path) -> None:
        self._binary = next(p for p in home.rglob("mooncake_master") if os.access(p, os.X_OK))
        self._host = host
        self._log = log
        self._process: Process | None = None

    @property
    def address(self) -> str:
        return f"{self._host.address}:{RPC_PORT}"

    def start(self) -> None:
        command = [str(self._binary), f"-rpc_port={RPC_PORT}", "-logtostderr=true"]
        with self._log.open("a") as sink:
            self._process = Reaper.shared().start(
                self._host.command(command),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_S
        while not self._host.within(self._listens):
            if time.monotonic() > deadline:
                raise TimeoutError(f"mooncake_master does not listen; see {self._log}")
            time.sleep(POLL_S)

    def kill(self) -> None:
        if self._process is not None:
            Reaper.shared().end(self._process)
            self._process = None

    def _listens(self) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection((self._host.address, RPC_PORT), 1),
        ):
            return True
        return False


class RealClient:
    """One client; without a segment of its own it only reads and writes those of others."""

    def __init__(
        self, home: Path, host: Host, master: RealMaster, sizes: Mapping[str, int], log: Path
    ) -> None:
        self.host = host
        setup = {"host": host.address, "master": master.address, **sizes}
        command = [sys.executable, str(AGENT), json.dumps(setup)]
        with log.open("a") as sink:
            self._process = Reaper.shared().start(
                host.command(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                text=True,
                env=dict(os.environ, PYTHONPATH=str(home), **ENVIRON),
            )
        self._log = log
        self._answer(START_S)

    @property
    def name(self) -> str:
        """What its segment is called."""
        return str(self._ask("name")["name"])

    def put(self, keys: list[str], size: int, replicas: int = 1, segment: str = "") -> list[int]:
        """Mooncake's code of each put; with a segment's name, there if it has room."""
        answer = self._ask("put", keys=keys, size=size, replicas=replicas, segment=segment)
        return list(answer["codes"])

    def fill(self, keys: list[str], size: int, segment: str) -> list[int]:
        """Put in one call, whatever the bytes."""
        return list(self._ask("fill", keys=keys, size=size, segment=segment)["codes"])

    def get(self, keys: list[str], size: int) -> tuple[float, list[bool]]:
        """How long one call took, and which keys' bytes came."""
        answer = self._ask("get", keys=keys, size=size)
        return float(answer["seconds"]), list(answer["right"])

    def exists(self, keys: list[str]) -> list[bool]:
        return list(self._ask("exists", keys=keys)["found"])

    def signal(self, number: int) -> None:
        kill_group(self._process.pid, number)

    def kill(self) -> None:
        Reaper.shared().end(self._process)

    def _ask(self, name: str, **arguments: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"ask": name, **arguments}) + "\n")
        self._process.stdin.flush()
        return self._answer(ANSWER_S)

    def _answer(self, timeout_s: float) -> dict[str, Any]:
        out = self._process.stdout
        assert out is not None
        ready, _, _ = select.select([out], [], [], timeout_s)
        line = out.readline() if ready else ""
        if not line:
            raise TimeoutError(f"no answer from a client of Mooncake; see {self._log}")
        return dict(json.loads(line))
