# SPDX-License-Identifier: Apache-2.0
"""One client of the real Mooncake's store, as a process on a host: `mooncake_agent.py SETUP`.

A question is a line of JSON on its input, the answer one on its output; times are taken here, where
the bytes land. The library writes what it likes to both outputs, so ours is taken from it first.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import random
import sys
import time
from typing import Any

STAMP_BYTES = 8


class Agent:
    """A store that is set up, and a registered buffer that everything is put from and got into."""

    def __init__(self, setup: dict[str, Any]) -> None:
        from mooncake.store import MooncakeDistributedStore

        self._buffer = mmap.mmap(-1, setup["buffer_bytes"])
        self._memory = memoryview(self._buffer)
        noise = random.Random(1).randbytes(1 << 20)
        for at in range(0, len(self._memory), len(noise)):
            part = self._memory[at : at + len(noise)]
            part[:] = noise[: len(part)]
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(self._buffer))
        self._store = MooncakeDistributedStore()
        code = self._store.setup(
            setup["host"],
            "P2PHANDSHAKE",
            setup["segment_bytes"],
            setup["local_bytes"],
            "tcp",
            "",
            setup["master"],
        )
        if code != 0 or self._store.register_buffer(self._address, len(self._buffer)) != 0:
            raise RuntimeError(f"Mooncake's store is not set up: {code}")

    def put(self, keys: list[str], size: int, replicas: int, segment: str) -> dict[str, Any]:
        wanted = _placement(replicas, segment)
        codes = []
        for key in keys:
            self._memory[:STAMP_BYTES] = self._memory[size - STAMP_BYTES : size] = _stamp(key)
            codes.append(self._store.put_from(key, self._address, size, wanted))
        return {"codes": codes}

    def fill(self, keys: list[str], size: int, segment: str) -> dict[str, Any]:
        """The same bytes under each key, in one call: only that they are there will be asked."""
        wanted = _placement(1, segment)
        places, sizes = [self._address] * len(keys), [size] * len(keys)
        return {"codes": self._store.batch_put_from(keys, places, sizes, wanted)}

    def name(self) -> dict[str, Any]:
        """What its segment is called."""
        return {"name": self._store.get_hostname()}

    def get(self, keys: list[str], size: int) -> dict[str, Any]:
        """All in one call; a single key by the call for one."""
        places = [self._address + i * size for i in range(len(keys))]
        for i in range(len(keys)):
            self._memory[i * size : i * size + STAMP_BYTES] = bytes(STAMP_BYTES)
        began = time.perf_counter()
        if len(keys) == 1:
            got = [self._store.get_into(keys[0], places[0], size)]
        else:
            got = self._store.batch_get_into(keys, places, [size] * len(keys))
        seconds = time.perf_counter() - began
        right = [self._is_right(i, key, size) and got[i] == size for i, key in enumerate(keys)]
        return {"seconds": seconds, "right": right}

    def exists(self, keys: list[str]) -> dict[str, Any]:
        return {"found": [code == 1 for code in self._store.batch_is_exist(keys)]}

    def _is_right(self, index: int, key: str, size: int) -> bool:
        first = index * size
        last = first + size - STAMP_BYTES
        stamp = _stamp(key)
        return (
            self._memory[first : first + STAMP_BYTES] == stamp
            and self._memory[last : last + STAMP_BYTES] == stamp
        )


def _placement(replicas: int, segment: str) -> Any:
    from mooncake.store import ReplicateConfig

    wanted = ReplicateConfig()
    wanted.replica_num = replicas
    wanted.preferred_segment = segment
    return wanted


def _stamp(key: str) -> bytes:
    return random.Random(key).randbytes(STAMP_BYTES)


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    agent = Agent(json.loads(sys.argv[1]))
    print(json.dumps({}), file=answers, flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        answer = getattr(agent, question.pop("ask"))(**question)
        print(json.dumps(answer), file=answers, flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
