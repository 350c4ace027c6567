# SPDX-License-Identifier: Apache-2.0
"""The session thread's side of what the attach thread publishes: which rings to use, and what comes
out of them.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from moonpool.client.answers import Answers
from moonpool.client.attachment import Attachment, LinkState
from moonpool.client.breaker import Breaker
from moonpool.client.epochs import Epochs
from moonpool.client.events import (
    Attached,
    Event,
    IntendStatus,
    LookupStatus,
    Mark,
    MarkState,
    SessionLost,
)
from moonpool.client.jobs import Jobs, Lease, Question
from moonpool.client.link import Link
from moonpool.client.notices import Log
from moonpool.client.spec import GroupKeys
from moonpool.client.wires import Wires
from moonpool.protocol import wire
from moonpool.protocol.layout import ENTRY_BYTES
from moonpool.protocol.ring import RingViolation

_RECORDS_MAX: Final = 1024
_NO_MARK: Final = Mark(0, MarkState.STOPPED)


class Exchange:
    """Follows the link from attachment to attachment, sends, and turns answers into events. One
    thread.
    """

    def __init__(self, link: Link, jobs: Jobs, epochs: Epochs, log: Log) -> None:
        self.boot = 0
        self.lookup_deadline_seconds = 0.0
        self.ids = itertools.count(1)
        self.events: list[Event] = []
        self.breaker: Final = Breaker()
        self.ring_full_total = 0
        self.sessions_lost_total = 0
        self._link = link
        self._log = log
        self._jobs = jobs
        self._epochs = epochs
        self._answers = Answers(jobs, self.events)
        self._state = LinkState()
        self._wires: Wires | None = None
        self._lost = True
        self._closing = False
        self._kept: dict[int, wire.Message] = {}
        answers, breaker = self._answers, self.breaker
        self._acts: Final[dict[type, Callable[[Any, Attachment], None]]] = {
            wire.Entries: lambda message, _: answers.entries(message),
            wire.LookupAnswer: self._lookup_answer,
            wire.Staging: self._staging,
            wire.IntendAnswer: self._intend_answer,
            wire.Committed: lambda message, _: answers.committed(message),
            wire.Evicted: lambda message, _: answers.evicted(message),
            wire.Revoke: lambda message, _: answers.revoke(message),
            wire.Pong: lambda message, _: breaker.answered(),
            wire.ResetDone: lambda message, _: epochs.done(message.job_id, message.epoch),
            wire.Closing: lambda message, _: self._close(message.reason),
        }

    @property
    def attachment(self) -> Attachment | None:
        """The newest attachment in use, be it lost or not."""
        return self._wires.attachment if self._wires else None

    @property
    def attached(self) -> bool:
        """Whether the rings in use are those of a session that stands."""
        state, wires = self._link.state, self._wires
        return (
            wires is not None
            and not self._lost
            and state.connected
            and state.attachment is wires.attachment
        )

    @property
    def usable(self) -> bool:
        """Whether new questions make sense."""
        state, wires = self._link.state, self._wires
        return (
            state.beating
            and wires is not None
            and state.attachment is wires.attachment
            and not (self._lost or self._closing or self.breaker.open)
        )

    def send(self, message: wire.Message) -> bool:
        """False when there is no room now."""
        if not self._kept and self._wires is not None and self._wires.send(message):
            return True
        self.ring_full_total += 1
        return False

    def send_lookup(self, keys: Sequence[GroupKeys], lookup: wire.Lookup) -> bool:
        """False when there is no room now."""
        if not self._kept and self._wires is not None and self._wires.send_lookup(keys, lookup):
            return True
        self.ring_full_total += 1
        return False

    def send_or_keep(self, job: int, message: wire.Message) -> None:
        """What ends a job must arrive; a later word on the same job takes the place of an earlier
        one.

        Without a session nothing is kept: a new one is told what is leased, and the rest ended with
        the old one.
        """
        if self.attached and not self.send(message):
            self._kept[job] = message

    def mark(self, job: int) -> Mark:
        """How much of the job's lease is verified."""
        lease = self._jobs.leases.get(job)
        if lease is None or self._wires is None:
            return _NO_MARK
        if lease.frozen is not None:
            return lease.frozen
        mark = _mark(self._wires.attachment, job, lease)
        return mark if self.attached else _stopped(mark)

    def wait(self, seconds: float) -> None:
        """Sleeps until there may be answers, at most so long."""
        wires = self._wires
        if wires is None or not self.attached:
            time.sleep(seconds)
            return
        value = wires.asleep.read()
        if not wires.completions.ready:
            wires.asleep.wait(value, seconds)

    def turn(self) -> None:
        """Follows the link, takes what came, and sends what was kept. Bounded, never waits."""
        self._follow_link()
        wires = self._wires
        if wires is None or not self.attached:
            return
        if self._kept:
            self._send_kept(wires)
        self._take(wires)
        if self._jobs.lookups or self.breaker.open or self._epochs.pending:
            self._look_after(wires, time.monotonic())

    def _look_after(self, wires: Wires, now: float) -> None:
        """What is late, and what is still to be confirmed."""
        self.breaker.look(self._jobs.lookups.values(), now)
        if self.breaker.ping_due(now):
            wires.send(wire.Ping(next(self.ids)))
        if self._epochs.due(now):
            job = next(self.ids)
            if wires.send(wire.Reset(job, self._epochs.epoch)):
                self._epochs.sent(job, now)

    def _follow_link(self) -> None:
        state = self._link.state
        if state is self._state:
            return
        self._state = state
        wires = self._wires
        new = wires is None or state.attachment is not wires.attachment
        if new or not state.connected:
            self._lose()
        if new and state.connected and state.attachment is not None:
            self._adopt(state.attachment)

    def _lose(self) -> None:
        if self._lost:
            return
        self._lost = True
        self._kept.clear()
        self.sessions_lost_total += 1
        self.events.append(SessionLost(self.boot, self._jobs.lose()))

    def _adopt(self, attachment: Attachment) -> None:
        before = self.attachment
        lost = self._unlisted(attachment)
        if before is not None:
            self._freeze_marks(before)
        for job in lost:
            self._jobs.leases.pop(job, None)
        self._wires = Wires(attachment)
        self._lost = self._closing = False
        self.breaker.answered()
        self.boot = attachment.boot
        self.lookup_deadline_seconds = attachment.lookup_deadline_seconds
        if self._epochs.adopt(attachment):
            self._say_stale(attachment.epoch)
        self.events.append(Attached(self.boot, attachment.epoch, lost))
        self._release_what_ended(attachment)

    def _unlisted(self, attachment: Attachment) -> frozenset[int]:
        """The leases that the new session does not hold."""
        before = self.attachment
        leases = self._jobs.leases
        if before is not None and before.arena_id != attachment.arena_id:
            return frozenset(leases)
        listed = attachment.resume.leases
        return frozenset(job for job in leases if job not in listed or job in attachment.lost_jobs)

    def _freeze_marks(self, before: Attachment) -> None:
        """What was verified stays so; the new session does not go on with it."""
        leases = self._jobs.leases
        for job, lease in leases.items():
            if lease.frozen is None:
                leases[job] = lease._replace(frozen=_stopped(_mark(before, job, lease)))

    def _release_what_ended(self, attachment: Attachment) -> None:
        """Between the attach thread's list and now leases may have ended, or become shorter."""
        for job, entries in attachment.resume.leases.items():
            lease = self._jobs.leases.get(job)
            count = lease.entry_count if lease else 0
            if count * ENTRY_BYTES < len(entries) and job not in attachment.lost_jobs:
                self.send_or_keep(job, wire.Release(job, count))

    def _send_kept(self, wires: Wires) -> None:
        for job in list(self._kept):
            if not wires.send(self._kept[job]):
                return
            del self._kept[job]

    def _take(self, wires: Wires) -> None:
        try:
            for record_type, body in wires.completions.poll(_RECORDS_MAX):
                message = wire.decode(record_type, body)
                if message is not None:
                    self._dispatch(message, wires.attachment)
        except (RingViolation, wire.WireError) as violation:
            self._end(f"the sidecar broke the protocol: {violation}")

    def _dispatch(self, message: wire.Message, attachment: Attachment) -> None:
        act = self._acts.get(type(message))
        if act is None:
            raise RingViolation(f"a request in the completion ring: {type(message).__name__}")
        act(message, attachment)

    def _lookup_answer(self, message: wire.LookupAnswer, attachment: Attachment) -> None:
        question = self._answers.lookup(message, attachment.arena_id)
        self._answered(question, message.status == LookupStatus.STALE_EPOCH)

    def _staging(self, message: wire.Staging, _: Attachment) -> None:
        self._answers.staged(message)
        self.breaker.answered()

    def _intend_answer(self, message: wire.IntendAnswer, attachment: Attachment) -> None:
        question = self._answers.intend(message, attachment.arena_id)
        self._answered(question, message.status == IntendStatus.STALE_EPOCH)

    def _answered(self, question: Question | None, stale: bool) -> None:
        self.breaker.answered()
        if question is not None and stale and self._epochs.overtaken(question.epoch):
            self._say_stale(None)

    def _close(self, reason: int) -> None:
        self._closing = True
        if reason != wire.CLOSING_SHUTDOWN:
            self._end(f"the sidecar closed it: {wire.closing_reason(reason)}")

    def _end(self, reason: str) -> None:
        if self._wires is not None:
            self._link.end(self._wires.attachment, reason)
        self._lose()

    def _say_stale(self, epoch: int | None) -> None:
        self._log.warning(
            "Moonpool: another engine reset this namespace (epoch %d, now %s): this engine neither "
            "loads nor saves until its own prefix cache is reset",
            self._epochs.epoch,
            "later" if epoch is None else epoch,
        )


def _mark(attachment: Attachment, job: int, lease: Lease) -> Mark:
    value = attachment.session.mark(lease.cell, job)
    if value is None:
        return _NO_MARK
    entries = min(value & 0xFFFF_FFFF, lease.entry_count)
    state = value >> 32
    return Mark(entries, MarkState(state) if state <= MarkState.FAILED else MarkState.FAILED)


def _stopped(mark: Mark) -> Mark:
    """The mark of a lease that nobody verifies any further."""
    return mark._replace(state=MarkState.STOPPED) if mark.state is MarkState.VERIFYING else mark
