# SPDX-License-Identifier: Apache-2.0
"""Ours and the real Mooncake with the same parts on the same hosts: a master, two owners, and a
reader that gives no memory. The faults come to both by the same calls.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from pool.client import Client, chain
from pool.members import Pool

from side_by_side.real_mooncake import RealClient, RealMaster

BYTES = 1 << 20
SMALL_BYTES = 4096
FILL_STEP = 500
NAMESPACE, SMALL_NAMESPACE = "faults", "faults, small"


class Side(Protocol):
    """One of the two."""

    def put(self, name: str, copies: int) -> None:
        """The first owner has it, and the second one too if there are to be two copies."""

    def save(self, name: str) -> bool:
        """The reader saves; who has room takes it."""

    def load(self, name: str) -> bool:
        """The reader reads: whether the right bytes came."""

    def fill(self, names: list[str]) -> None:
        """Small objects on the first owner."""

    def known(self) -> int:
        """How many of what was filled the master knows."""

    def kill_owner(self) -> None: ...

    def start_owner(self) -> None: ...

    def stop_owner(self) -> None: ...

    def continue_owner(self) -> None: ...

    def kill_master(self) -> None: ...

    def start_master(self) -> None: ...

    def close(self) -> None: ...


class Ours:
    """The pool's members a and b own, c reads."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._owner = pool.members["a"].client(BYTES, NAMESPACE)
        self._second = pool.members["b"].client(BYTES, NAMESPACE)
        self._reader = pool.members["c"].client(BYTES, NAMESPACE)
        self._before = 0

    def put(self, name: str, copies: int) -> None:
        keys = chain(name, 1)
        if self._owner.save(keys) != 1:
            raise RuntimeError("the owner stored nothing")
        self._pool.owned_by(keys, 1)
        if copies == 2:
            if self._second.load(keys) != 1:
                raise RuntimeError("the second owner got nothing")
            self._pool.owned_by(keys, 2)

    def save(self, name: str) -> bool:
        return self._attempt(lambda: self._reader.save(chain(name, 1)))

    def load(self, name: str) -> bool:
        return self._attempt(lambda: self._reader.load(chain(name, 1)))

    def fill(self, names: list[str]) -> None:
        self._before = self._pool.keys()
        with Client(self._pool.members["a"].socket, SMALL_BYTES, SMALL_NAMESPACE) as client:
            for at in range(0, len(names), FILL_STEP):
                step = len(names[at : at + FILL_STEP])
                if client.save(chain(names[at], step)) != step:
                    raise RuntimeError("the owner did not store everything")

    def known(self) -> int:
        return max(0, self._pool.keys() - self._before)

    def kill_owner(self) -> None:
        self._pool.members["a"].kill()

    def start_owner(self) -> None:
        self._pool.members["a"].start()
        self._owner.wait_usable(30)

    def stop_owner(self) -> None:
        self._pool.members["a"].freeze()

    def continue_owner(self) -> None:
        self._pool.members["a"].thaw()

    def kill_master(self) -> None:
        self._pool.master.kill()

    def start_master(self) -> None:
        self._pool.master.start()

    def close(self) -> None:
        for client in (self._owner, self._second, self._reader):
            client.close()

    @staticmethod
    def _attempt(action: Callable[[], int]) -> bool:
        try:
            return action() == 1
        except TimeoutError:
            return False


class Theirs:
    """Clients of a real master beside the pool's members."""

    def __init__(self, pool: Pool, home: Path, folder: Path) -> None:
        self._pool, self._home, self._folder = pool, home, folder
        self._master = RealMaster(home, pool.network.host(), folder / "mooncake_master.log")
        self._master.start()
        self._owner = self._client("a", 1 << 30)
        self._second = self._client("b", 1 << 30)
        self._reader = self._client("c", 0)
        self._filled: list[str] = []

    def _client(self, member: str, segment_bytes: int) -> RealClient:
        sizes = {
            "segment_bytes": segment_bytes,
            "local_bytes": 64 << 20,
            "buffer_bytes": 16 << 20,
        }
        host = self._pool.members[member].host
        log = self._folder / f"mooncake-{member}.log"
        return RealClient(self._home, host, self._master, sizes, log)

    def put(self, name: str, copies: int) -> None:
        segment = "" if copies > 1 else self._owner.name
        [code] = self._owner.put([name], BYTES, copies, segment)
        if code != 0:
            raise RuntimeError(f"Mooncake stored nothing: {code}")

    def save(self, name: str) -> bool:
        return self._reader.put([name], BYTES) == [0]

    def load(self, name: str) -> bool:
        return self._reader.get([name], BYTES)[1] == [True]

    def fill(self, names: list[str]) -> None:
        self._filled = names
        for at in range(0, len(names), FILL_STEP):
            step = names[at : at + FILL_STEP]
            if any(self._owner.fill(step, SMALL_BYTES, self._owner.name)):
                raise RuntimeError("Mooncake did not store everything")

    def known(self) -> int:
        return sum(self._reader.exists(self._filled))

    def kill_owner(self) -> None:
        self._owner.kill()

    def start_owner(self) -> None:
        self._owner = self._client("a", 1 << 30)

    def stop_owner(self) -> None:
        self._owner.signal(signal.SIGSTOP)

    def continue_owner(self) -> None:
        self._owner.signal(signal.SIGCONT)

    def kill_master(self) -> None:
        self._master.kill()

    def start_master(self) -> None:
        self._master.start()

    def close(self) -> None:
        for client in (self._owner, self._second, self._reader):
            client.kill()
        self._master.kill()


def timed_load(side: Side, name: str) -> tuple[bool, float]:
    """Whether it came, and how long the reader waited for that answer."""
    began = time.perf_counter()
    came = side.load(name)
    return came, time.perf_counter() - began
