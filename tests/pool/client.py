"""A client of one sidecar that knows what every block must hold: payload derives from the key.

Blocks come in chains, as an engine's prompts do: a hit is a chain's head. Each byte that a hit
promises is read and compared; one that differs is an error, never a miss.
"""

import ctypes
import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
from moonpool.client.events import (
    Committed,
    Event,
    IntendAnswered,
    LookupAnswered,
    MarkState,
    Verdict,
)
from moonpool.client.scheduler import SchedulerSession
from moonpool.client.spec import (
    AttachSpec,
    GroupKeys,
    GroupKind,
    HashVector,
    KvGroup,
    Namespace,
    Role,
    Shard,
)
from moonpool.client.worker import Arena, WorkerSession
from moonpool.protocol.layout import ENTRY, HASH_BYTES
from numpy.typing import NDArray

BLOCK_TOKENS = 16
RUN_BLOCKS = 256
ATTACH_S = 30.0
# A question is answered within 200 ms whatever became of other hosts; two busy cores are slower.
ANSWER_S = 3.0
# Until all is well again after what a case did.
SOON_S = 15.0
POLL_S = 0.005
_LOG = logging.getLogger("moonpool.pool")
_E = TypeVar("_E", bound=Event)


class WrongBytesError(AssertionError):
    """A hit whose bytes are not those of its key: the one thing that must never be."""


def chain(name: str, blocks: int) -> bytes:
    """The hashes of a chain of blocks."""
    return b"".join(hashlib.sha256(f"{name}/{i}".encode()).digest() for i in range(blocks))


class Client:
    """One engine's two sessions in this process; one thread uses it."""

    def __init__(self, socket: Path, payload_bytes: int, namespace: str = "pool") -> None:
        self.payload_bytes = payload_bytes
        canonical = f'{{"pool":"{namespace}","bytes":{payload_bytes}}}'
        digest = hashlib.sha256(canonical.encode()).digest()
        self.namespace = Namespace(digest, canonical, namespace)
        draw = np.random.default_rng(payload_bytes)
        self._pattern = draw.integers(0, 1 << 63, payload_bytes // 8, np.uint64)
        self._scheduler = SchedulerSession(
            self._spec(Role.SCHEDULER), socket_path=str(socket), log=_LOG
        )
        self._worker = WorkerSession(self._spec(Role.WORKER), socket_path=str(socket), log=_LOG)
        self._scheduler.start()
        self._worker.start()
        self.wait_usable(ATTACH_S)

    def save(self, keys: bytes, position: int = 0) -> int:
        """Save a chain; returns how many of its blocks the sidecar has now."""
        saved, parent = 0, None
        for run in _runs(keys):
            saved += self._save(run, parent, position)
            parent, position = run[-HASH_BYTES:], position + len(run) // HASH_BYTES
        return saved

    def load(self, keys: bytes, timeout_s: float = ANSWER_S) -> int:
        """How many blocks of a chain are a hit, each compared to the byte."""
        with self.leased(keys, timeout_s) as entries:
            self._compare(keys, entries)
            return len(entries)

    def look(self, keys: bytes, timeout_s: float = ANSWER_S) -> int:
        """How many blocks of a chain are a hit, by the answer alone."""
        answer = self._lookup(keys, timeout_s)
        self._scheduler.release(answer.job)
        return answer.hit_tokens // BLOCK_TOKENS

    @contextmanager
    def leased(self, keys: bytes, timeout_s: float = ANSWER_S) -> Iterator[NDArray[np.void]]:
        """The verified entries of a hit, pinned meanwhile."""
        answer = self._lookup(keys, timeout_s)
        try:
            yield self._verified(answer, timeout_s)
        finally:
            self._scheduler.release(answer.job)

    def reset(self) -> bool:
        """Ends the namespace's epoch, as an engine's reset_cache does."""
        return self._scheduler.reset()

    @property
    def epoch(self) -> int:
        return self._scheduler.epoch

    def learns_of_reset(self, keys: bytes) -> bool:
        """Whether the namespace was reset by another engine: a question shows it."""
        if not self._scheduler.stale:
            self.look(keys)
        return self._scheduler.stale

    def close(self) -> None:
        self._scheduler.close()
        self._worker.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def wait_usable(self, timeout_s: float = ANSWER_S) -> None:
        """Until a question would be sent: attached, and the sidecar turns."""
        self._until(self._is_usable, "the session is usable", timeout_s)

    def _is_usable(self) -> bool:
        self._scheduler.poll()
        return self._scheduler.usable and self._worker.arena is not None

    def _spec(self, role: Role) -> AttachSpec:
        shard = Shard(0, 1, 0, 1, self.payload_bytes)
        return AttachSpec(
            client="moonpool-pool-tests",
            engine_id=f"pool-{id(self)}",
            role=role,
            rank=0,
            world_size=1,
            tenant="default",
            namespace=self.namespace,
            groups=(KvGroup(0, GroupKind.FULL, BLOCK_TOKENS, (shard,)),),
            hash_vector=HashVector("sha256", HASH_BYTES, BLOCK_TOKENS, bytes(HASH_BYTES)),
        )

    def _save(self, run: bytes, parent: bytes | None, position: int) -> int:
        self.wait_usable()
        job = self._scheduler.intend(0, position, parent, run)
        assert job is not None, "the session was usable a moment ago"
        answer = self._next(IntendAnswered, ANSWER_S)
        verdicts = np.frombuffer(answer.verdicts, np.uint8)
        entries = np.frombuffer(answer.entries, ENTRY)
        granted = _rows(run)[verdicts == Verdict.GRANTED]
        have = int(np.count_nonzero(verdicts == Verdict.HAVE))
        if len(entries) == 0:
            return have
        with self._worker.copying() as arena:
            for slot, payload in zip(
                self._slots(arena, entries), self._payloads(granted), strict=True
            ):
                slot[:] = payload
        self._scheduler.commit(job, b"\xff" * ((len(entries) + 7) // 8))
        return have + self._next(Committed, ANSWER_S).stored

    def _lookup(self, keys: bytes, timeout_s: float) -> LookupAnswered:
        self.wait_usable(timeout_s)
        tokens = len(keys) // HASH_BYTES * BLOCK_TOKENS
        job = self._scheduler.lookup(
            (GroupKeys(0, 0, keys),),
            local_tokens=0,
            max_tokens=tokens,
            align_tokens=BLOCK_TOKENS,
        )
        assert job is not None, "the session was usable a moment ago"
        return self._next(LookupAnswered, timeout_s)

    def _verified(self, answer: LookupAnswered, timeout_s: float) -> NDArray[np.void]:
        """What may be loaded: entries below the mark, when it stands."""
        entries = np.frombuffer(answer.entries, ENTRY)
        if len(entries) == 0:
            return entries
        self._until(
            lambda: self._scheduler.verified(answer.job).state is not MarkState.VERIFYING,
            "the lease is verified",
            timeout_s,
        )
        return entries[: self._scheduler.verified(answer.job).entries]

    def _compare(self, keys: bytes, entries: NDArray[np.void]) -> None:
        if len(entries) == 0:
            return
        slots = np.ascontiguousarray(entries["slot"])
        with self._worker.copying() as arena:
            before = self._worker.words(slots)
            found = np.array(self._slots(arena, entries))
            after = self._worker.words(slots)
        if not (np.array_equal(before, entries["word"]) and np.array_equal(before, after)):
            raise WrongBytesError("a leased slot was given to another block")
        right = self._payloads(_rows(keys)[: len(entries)])
        wrong = np.flatnonzero((found != right).any(axis=1))
        if len(wrong):
            raise WrongBytesError(f"blocks {wrong.tolist()} of {len(entries)} hold other bytes")

    def _payloads(self, keys: NDArray[np.uint8]) -> NDArray[np.uint64]:
        """What these keys' blocks hold: a row each, different in every word from any other's."""
        words = np.ascontiguousarray(keys).view(np.uint64)
        repeated = np.tile(words, (1, -(-len(self._pattern) // words.shape[1])))
        return repeated[:, : len(self._pattern)] ^ self._pattern

    def _slots(self, arena: Arena | None, entries: NDArray[np.void]) -> list[NDArray[np.uint64]]:
        """Each slot's payload in the shared memory itself."""
        assert arena is not None, "the worker lost its arena"
        memory = np.frombuffer((ctypes.c_char * arena.nbytes).from_address(arena.address), np.uint8)
        return [
            memory[offset : offset + self.payload_bytes].view(np.uint64)
            for offset in entries["offset"].tolist()
        ]

    def _next(self, kind: type[_E], timeout_s: float) -> _E:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            for event in self._scheduler.poll():
                if isinstance(event, kind):
                    return event
            self._scheduler.wait(deadline - time.monotonic())
        raise TimeoutError(f"no {kind.__name__} within {timeout_s:.0f} s")

    def _until(self, condition: Callable[[], bool], what: str, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {timeout_s:.0f} s: {what}")
            time.sleep(POLL_S)


def hits(client: Client, keys: bytes, timeout_s: float = SOON_S) -> None:
    """The whole chain is a hit, soon: what was just saved is on its way to the directory."""
    blocks = len(keys) // HASH_BYTES
    deadline = time.monotonic() + timeout_s
    while (loaded := client.load(keys)) != blocks:
        if time.monotonic() > deadline:
            raise AssertionError(f"a hit of {loaded} blocks after {timeout_s:.0f} s, not {blocks}")
        time.sleep(POLL_S)


def first(keys: bytes, blocks: int) -> bytes:
    """The head of a chain."""
    return keys[: HASH_BYTES * blocks]


def after(keys: bytes, blocks: int) -> bytes:
    """What follows the head of a chain."""
    return keys[HASH_BYTES * blocks :]


def _runs(keys: bytes) -> Iterator[bytes]:
    step = RUN_BLOCKS * HASH_BYTES
    for start in range(0, len(keys), step):
        yield keys[start : start + step]


def _rows(keys: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(keys, np.uint8).reshape(-1, HASH_BYTES)
