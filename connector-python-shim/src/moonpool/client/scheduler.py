# SPDX-License-Identifier: Apache-2.0
"""The scheduler's end of a session: asks, learns, and never waits for the sidecar."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from moonpool.client.attachment import Attachment, Resume
from moonpool.client.epochs import Epochs
from moonpool.client.events import Event, LookupAnswered, LookupStatus, Mark, MissReason
from moonpool.client.exchange import Exchange
from moonpool.client.jobs import Jobs, Question
from moonpool.client.link import Link
from moonpool.client.notices import Log
from moonpool.client.spec import AttachSpec, GroupKeys
from moonpool.protocol import wire
from moonpool.protocol.layout import ENTRY_BYTES, HASH_BYTES

RESET_SECONDS: Final = 0.5
_SLEEP_SECONDS_MAX: Final = 0.1


class SchedulerSession:
    """One thread, the scheduler's, calls everything here; only `usable` and `counters` may be read
    from others.

    Nothing raises for what the sidecar does, and nothing waits, but `reset` (half a second at
    most), `wait` and `close`. After a session is lost its leases may still be loaded from; all else
    ends with it, see `SessionLost`.
    """

    def __init__(
        self,
        spec: AttachSpec,
        *,
        socket_path: str,
        log: Log,
        autostart: bool = False,
        command: str | None = None,
    ) -> None:
        self._shards = {group.group: len(group.shards) for group in spec.groups}
        self._link = Link(self, spec, socket_path, log, autostart=autostart, command=command)
        self._jobs = Jobs()
        self._epochs = Epochs()
        self._exchange = Exchange(self._link, self._jobs, self._epochs, log)
        self._owner: int | None = None

    def start(self) -> None:
        """Starts the attach thread and returns. Call it in the process that schedules, never before
        a fork.
        """
        self._link.start()

    @property
    def usable(self) -> bool:
        """Whether a lookup or an intend would be sent now."""
        return self._exchange.usable and self._epochs.settled and not self._link.foreign

    @property
    def boot(self) -> int:
        """The number of the attachment in use: 0 before the first, one more with each."""
        return self._exchange.boot

    @property
    def epoch(self) -> int:
        """The epoch that lookups and intends are asked under."""
        return self._epochs.epoch

    @property
    def stale(self) -> bool:
        """Another engine reset the namespace: this one neither loads nor saves until its own
        `reset`.
        """
        return self._epochs.stale

    @property
    def lookup_deadline_seconds(self) -> float:
        """For an answer from memory, without verification."""
        return self._exchange.lookup_deadline_seconds

    @property
    def heartbeat(self) -> int:
        """A counter that moves while the sidecar turns, every 20 ms."""
        attachment = self._exchange.attachment
        return attachment.session.heartbeat() if attachment else 0

    @property
    def verify_bytes_per_second(self) -> int:
        """As the sidecar measured it; 0 when it did not say."""
        attachment = self._exchange.attachment
        return attachment.verify_bytes_per_second if attachment else 0

    @property
    def lease_budget_bytes(self) -> int:
        """How many bytes this engine may have pinned."""
        attachment = self._exchange.attachment
        return attachment.lease_budget_bytes if attachment else 0

    @property
    def counters(self) -> dict[str, int]:
        """Counts since the start of the process."""
        return {
            **self._link.counters(),
            "sessions_lost_total": self._exchange.sessions_lost_total,
            "breaker_opened_total": self._exchange.breaker.opened_total,
            "ring_full_total": self._exchange.ring_full_total,
        }

    def lookup(
        self, keys: Sequence[GroupKeys], *, local_tokens: int, max_tokens: int, align_tokens: int
    ) -> int | None:
        """Asks what of these keys is there; the answer comes from `poll`. The job, or None when it
        was not sent.
        """
        blocks = entries = 0
        for key in keys:
            count = len(key.hashes) // HASH_BYTES
            blocks += count
            entries += count * self._shards.get(key.group, 0)
        job = self._look(keys, blocks, local_tokens, max_tokens, align_tokens, 0)
        if job is not None:
            deadline = time.monotonic() + self._exchange.lookup_deadline_seconds
            self._jobs.lookups[job] = Question(self._epochs.epoch, blocks, entries, deadline)
        return job

    def prefetch(
        self, keys: Sequence[GroupKeys], *, local_tokens: int, max_tokens: int, align_tokens: int
    ) -> None:
        """Says that a lookup of these keys will come. A hint: no answer, no lease."""
        blocks = sum([len(key.hashes) for key in keys]) // HASH_BYTES
        self._look(keys, blocks, local_tokens, max_tokens, align_tokens, wire.FLAG_PREFETCH)

    def intend(
        self, group: int, first_position: int, parent: bytes | None, hashes: bytes
    ) -> int | None:
        """Asks where to copy consecutive blocks of one request, at most 1024. The job, or None when
        it was not sent.
        """
        blocks = len(hashes) // HASH_BYTES
        if self._foreign() or not self.usable or not 0 < blocks <= wire.INTEND_BLOCKS_MAX:
            return None
        job = next(self._exchange.ids)
        flags = 0 if parent is None else wire.FLAG_PARENT
        before = wire.NO_HASH if parent is None else parent
        epoch = self._epochs.epoch
        if not self._exchange.send(
            wire.Intend(job, epoch, first_position, group, flags, before, hashes)
        ):
            return None
        self._jobs.intents[job] = Question(epoch, blocks, blocks * self._shards.get(group, 0))
        return job

    def commit(self, job: int, granted_bitmap: bytes) -> None:
        """All shards of the marked blocks were copied; bit i speaks of the i-th granted block."""
        if self._foreign() or job not in self._jobs.grants:
            return
        self._jobs.grants.discard(job)
        self._jobs.commits.add(job)
        self._exchange.send_or_keep(job, wire.Commit(job, granted_bitmap))

    def abort(self, job: int) -> None:
        """Nobody copies for the job any more."""
        if self._foreign():
            return
        jobs = self._jobs
        if job in jobs.grants or jobs.intents.pop(job, None) is not None:
            jobs.grants.discard(job)
            self._exchange.send_or_keep(job, wire.Abort(job))

    def release(self, job: int, keep_entries: int = 0) -> None:
        """The lease ends, but for its first `keep_entries` entries."""
        if self._foreign():
            return
        lease = self._jobs.leases.get(job)
        if lease is None or keep_entries >= lease.entry_count:
            return
        if keep_entries > 0:
            kept = lease.entries[: keep_entries * ENTRY_BYTES]
            self._jobs.leases[job] = lease._replace(entries=kept)
        else:
            del self._jobs.leases[job]
        self._exchange.send_or_keep(job, wire.Release(job, max(0, keep_entries)))

    def cancel(self, job: int) -> None:
        """Ends a lookup in any state; its answer, if it comes, is ignored."""
        if self._foreign():
            return
        jobs = self._jobs
        if jobs.lookups.pop(job, None) is not None or jobs.leases.pop(job, None) is not None:
            self._exchange.send_or_keep(job, wire.Cancel(job))

    def reset(self) -> bool:
        """Ends the epoch: nothing saved so far is served to this engine again.

        False when the sidecar did not confirm it in time: nothing is asked until it has. Lookups in
        flight end as misses; release the leases yourself.
        """
        if self._foreign():
            return False
        exchange, epochs = self._exchange, self._epochs
        patient = exchange.usable
        epochs.ask()
        self._give_up_lookups()
        exchange.turn()
        deadline = time.monotonic() + RESET_SECONDS
        while epochs.pending and patient and exchange.attached:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            exchange.wait(min(left, _SLEEP_SECONDS_MAX))
            exchange.turn()
        return not epochs.pending

    def poll(self) -> list[Event]:
        """What has happened since the last call. Call it at every step, asked or not."""
        if self._foreign():
            return []
        self._exchange.turn()
        waiting = self._exchange.events
        events = waiting.copy()
        waiting.clear()
        return events

    def wait(self, seconds: float) -> None:
        """Sleeps until `poll` may have something, at most so long. Progress never needs it."""
        if self._foreign():
            time.sleep(seconds)
        else:
            self._exchange.wait(seconds)

    def verified(self, job: int) -> Mark:
        """How much of the job's lease is verified by now; `STOPPED` at 0 if there is no lease."""
        return self._exchange.mark(job)

    def close(self) -> None:
        """Ends the session in good order; waits half a second at most."""
        self._link.close()

    @contextmanager
    def attaching(self) -> Iterator[Resume]:
        """On the attach thread: what to tell of the session before."""
        epochs = self._epochs
        serial, pending, epoch = epochs.serial, epochs.pending, epochs.epoch
        # Before the first attach there is no epoch to end: the reset follows through the ring.
        yield Resume(epoch, self._jobs.listed(), pending and epoch > 0, serial)

    def ready(self, attachment: Attachment) -> None:
        """On the attach thread: nothing, the session's thread adopts what the link publishes."""

    def background(self) -> bool:
        """On the attach thread: nothing to do."""
        return False

    def _foreign(self) -> bool:
        """True in a process that did not start the session. Asserts that one thread calls."""
        if self._link.foreign:
            return True
        me = threading.get_ident()
        if self._owner is None:
            self._owner = me
        assert me == self._owner, f"one thread owns a session: owner={self._owner}, caller={me}"
        return False

    def _look(
        self,
        keys: Sequence[GroupKeys],
        blocks: int,
        local_tokens: int,
        max_tokens: int,
        align_tokens: int,
        flags: int,
    ) -> int | None:
        """Sends keys and lookup: the job, or None."""
        if self._foreign() or not self.usable or not 0 < blocks <= wire.LOOKUP_BLOCKS_MAX:
            return None
        exchange = self._exchange
        job = next(exchange.ids)
        epoch = self._epochs.epoch
        lookup = wire.Lookup(job, epoch, local_tokens, max_tokens, align_tokens, flags)
        return job if exchange.send_lookup(keys, lookup) else None

    def _give_up_lookups(self) -> None:
        for job in list(self._jobs.lookups):
            self.cancel(job)
            self._exchange.events.append(
                LookupAnswered(job, LookupStatus.STALE_EPOCH, 0, MissReason.RESET, (), b"")
            )
