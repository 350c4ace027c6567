# SPDX-License-Identifier: Apache-2.0
"""A pool in this process: leases, grants, header words and an arena of plain memory. Keeps account
of everything owed.
"""

import contextlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from moonpool.client import events as ev
from moonpool.client.spec import HASH_BYTES, GroupKeys, GroupKind, KvGroup
from moonpool.client.worker import Arena
from moonpool.protocol.layout import ENTRY

RESERVED, COMMITTED = 1, 2


@dataclass
class Intent:
    group: int
    keys: list[bytes]
    granted: list[int] = field(default_factory=list)
    slots: list[list[int]] = field(default_factory=list)


class SimPool:
    """Slots of one size. A slot's word changes whenever it is used anew."""

    def __init__(
        self, slot_count: int, slot_bytes: int, check: Callable[[int, bytes, list[bytes]], None]
    ) -> None:
        self.memory = np.zeros(slot_count * slot_bytes, np.uint8)
        self.words = np.zeros(slot_count, np.uint64)
        self.slot_bytes = slot_bytes
        self.sizes = [slot_bytes] * slot_count
        self.free = list(range(slot_count))
        self.objects: dict[tuple[int, bytes], list[int]] = {}
        self.leases: dict[int, list[int]] = {}
        self.intents: dict[int, Intent] = {}
        self.saving: set[tuple[int, bytes]] = set()
        self._check = check
        self._generation = 0
        self.epoch = 1

    def entry(self, slot: int) -> bytes:
        record = np.array(
            [(slot * self.slot_bytes, self.words[slot], slot, self.sizes[slot])], ENTRY
        )
        return record.tobytes()

    def reserve(self, nbytes: int) -> int:
        slot = self.free.pop()
        self.sizes[slot] = nbytes
        self._generation += 1
        self.words[slot] = self._generation << 8 | RESERVED
        return slot

    def drop_slot(self, slot: int) -> None:
        self._generation += 1
        self.words[slot] = self._generation << 8
        self.free.append(slot)

    def commit(self, job: int) -> int:
        intent = self.intents.pop(job)
        for index, slots in zip(intent.granted, intent.slots, strict=False):
            key = intent.keys[index]
            self._check(intent.group, key, [self.payload(slot) for slot in slots])
            for slot in slots:
                self.words[slot] += COMMITTED - RESERVED
            self.objects[intent.group, key] = slots
            self.saving.discard((intent.group, key))
        return len(intent.granted)

    def abort(self, job: int) -> None:
        intent = self.intents.pop(job, None)
        if intent is None:
            return
        for index, slots in zip(intent.granted, intent.slots, strict=False):
            self.saving.discard((intent.group, intent.keys[index]))
            for slot in slots:
                self.drop_slot(slot)

    def payload(self, slot: int) -> bytes:
        at = slot * self.slot_bytes
        return self.memory[at : at + self.sizes[slot]].tobytes()

    def spoil(self, slot: int) -> None:
        """What a sidecar that forgot a lease would do: use the slot for something else."""
        self._generation += 1
        self.words[slot] = self._generation << 8 | COMMITTED
        self.objects = {name: slots for name, slots in self.objects.items() if slot not in slots}
        self.memory[slot * self.slot_bytes : (slot + 1) * self.slot_bytes] ^= 0xFF


class SimSchedulerSession:
    """The client's interface, answering late, out of step or not at all, as the random source has
    it.
    """

    def __init__(self, pool: SimPool, groups: tuple[KvGroup, ...], dice: random.Random) -> None:
        self.pool = pool
        self._groups = groups
        self._dice = dice
        self._next_job = 0
        self._due: list[ev.Event] = []
        self._cancelled: set[int] = set()
        self._questions: set[int] = set()
        self._losses: list[ev.Event] = []
        self.dead = False
        self.frozen = False
        self._beats = 0
        self.boot = 1
        self.closed = False
        self.counters: dict[str, int] = {}
        self.verify_bytes_per_second = 1 << 40
        self.lookup_deadline_seconds = 0.02

    @property
    def usable(self) -> bool:
        return not self.dead

    @property
    def heartbeat(self) -> int:
        if not self.frozen and not self.dead:
            self._beats += 1
        return self._beats

    def wait(self, seconds: float) -> None:
        return

    def _job(self) -> int:
        self._next_job += 1
        return self._next_job

    def lookup(
        self, keys: list[GroupKeys], *, local_tokens: int, max_tokens: int, align_tokens: int
    ) -> int | None:
        if self.dead or self._dice.random() < 0.05:
            return None
        job = self._job()
        self._questions.add(job)
        hit, groups, slots = self._find(keys, local_tokens, max_tokens, align_tokens)
        if hit:
            self.pool.leases[job] = slots
        entries = b"".join(map(self.pool.entry, slots))
        reason = ev.MissReason.NONE if hit else ev.MissReason.NEVER_STORED
        self._due.append(ev.LookupAnswered(job, ev.LookupStatus.OK, hit, reason, groups, entries))
        return job

    def _find(
        self, keys: list[GroupKeys], local_tokens: int, max_tokens: int, align_tokens: int
    ) -> tuple[int, tuple[ev.LeasedGroup, ...], list[int]]:
        by_group = {k.group: k for k in keys}
        boundary = max_tokens // align_tokens * align_tokens
        while boundary > local_tokens:
            found = [
                self._window(group, by_group[group.group], local_tokens, boundary)
                for group in self._groups
            ]
            if all(part is not None for part in found):
                groups = tuple(
                    ev.LeasedGroup(g.group, p[0], len(p[1]), 0)
                    for g, p in zip(self._groups, found, strict=False)
                    if p
                )
                return boundary, groups, [s for p in found if p for slots in p[1] for s in slots]
            boundary -= align_tokens
        return 0, (), []

    def _window(
        self, group: KvGroup, keys: GroupKeys, local_tokens: int, boundary: int
    ) -> tuple[int, list[list[int]]] | None:
        end = boundary // group.block_tokens
        first = keys.first_block
        if group.kind is GroupKind.WINDOW:
            first = max(first, end - group.window_blocks)
        slots = []
        for block in range(first, end):
            at = (block - keys.first_block) * HASH_BYTES
            held = self.pool.objects.get((group.group, keys.hashes[at : at + HASH_BYTES]))
            if held is None:
                return None
            slots.append(held)
        return first, slots

    def prefetch(self, keys: list[GroupKeys], **bounds: int) -> None:
        return

    def intend(
        self, group: int, first_position: int, parent: bytes | None, hashes: bytes
    ) -> int | None:
        if self.dead or self._dice.random() < 0.05:
            return None
        job = self._job()
        self._questions.add(job)
        keys = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
        intent = Intent(group, keys)
        verdicts = bytes(self._verdict(intent, index, key) for index, key in enumerate(keys))
        entries = b"".join(self.pool.entry(slot) for slots in intent.slots for slot in slots)
        if intent.granted:
            self.pool.intents[job] = intent
        self._due.append(ev.IntendAnswered(job, ev.IntendStatus.OK, verdicts, entries))
        return job

    def _verdict(self, intent: Intent, index: int, key: bytes) -> int:
        name, shards = (intent.group, key), self._groups[intent.group].shards
        if name in self.pool.objects:
            return ev.Verdict.HAVE
        if name in self.pool.saving:
            return ev.Verdict.BUSY
        if len(self.pool.free) < len(shards) or self._dice.random() < 0.02:
            return ev.Verdict.NO_SPACE
        self.pool.saving.add(name)
        intent.granted.append(index)
        intent.slots.append([self.pool.reserve(shard.slot_bytes) for shard in shards])
        return ev.Verdict.GRANTED

    def commit(self, job: int, granted_bitmap: bytes) -> None:
        if self.dead or job not in self.pool.intents:
            return
        self._due.append(ev.Committed(job, self.pool.commit(job)))

    def abort(self, job: int) -> None:
        self._cancelled.add(job)
        self.pool.abort(job)

    def release(self, job: int, keep_entries: int = 0) -> None:
        assert keep_entries == 0
        self.pool.leases.pop(job, None)

    def cancel(self, job: int) -> None:
        self._cancelled.add(job)
        self.pool.leases.pop(job, None)

    def reset(self) -> bool:
        self.pool.objects.clear()
        return not self.dead

    def verified(self, job: int) -> ev.Mark:
        total = len(self.pool.leases.get(job, ()))
        roll = self._dice.random()
        if roll < 0.2:
            return ev.Mark(self._dice.randrange(total + 1), ev.MarkState.VERIFYING)
        if roll < 0.25:
            return ev.Mark(self._dice.randrange(total + 1), ev.MarkState.FAILED)
        return ev.Mark(total, ev.MarkState.COMPLETE)

    def poll(self) -> list[ev.Event]:
        if self.frozen or self.dead:
            return self._take_losses()
        ready = [event for event in self._due if self._dice.random() < 0.6]
        self._due = [event for event in self._due if event not in ready]
        told = self._take_losses() + [
            event for event in ready if getattr(event, "job", 0) not in self._cancelled
        ]
        self._questions -= {getattr(event, "job", 0) for event in told}
        return told

    def _take_losses(self) -> list[ev.Event]:
        losses, self._losses = self._losses, []
        return losses

    # ---- the story's side

    def die(self) -> None:
        """Answers and grants are gone; leases may still be loaded from."""
        self.dead = True
        self._losses = [
            ev.SessionLost(self.boot, frozenset(self._questions | self.pool.intents.keys()))
        ]
        for job in self._questions:
            self.pool.leases.pop(job, None)
        self._questions.clear()
        self._due.clear()
        for job in list(self.pool.intents):
            self.pool.abort(job)

    def revive(self) -> None:
        self.dead = False
        self.boot += 1
        self._losses = [*self._losses, ev.Attached(self.boot, 1, frozenset())]

    def close(self) -> None:
        self.closed = True


class SimWorkerSession:
    """The arena and the header words, sometimes missing."""

    def __init__(self, pool: SimPool, dice: random.Random) -> None:
        self._pool = pool
        self._dice = dice
        self.counters: dict[str, int] = {}
        self.copies = 0
        self.absent = 0.0

    @property
    def arena(self) -> Arena:
        return Arena(self._pool.memory.ctypes.data, self._pool.memory.nbytes, b"sim")

    def words(self, slots: np.ndarray) -> np.ndarray:
        return self._pool.words[slots]

    @contextlib.contextmanager
    def copying(self) -> Iterator[Arena | None]:
        self.copies += 1
        try:
            yield None if self._dice.random() < self.absent else self.arena
        finally:
            self.copies -= 1

    def close(self) -> None:
        return
