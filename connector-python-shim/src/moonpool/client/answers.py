# SPDX-License-Identifier: Apache-2.0
"""What the sidecar's messages do to the session's jobs. Answers to jobs that ended are ignored."""

from __future__ import annotations

import math

from moonpool.client.events import (
    Committed,
    Event,
    Evicted,
    IntendAnswered,
    IntendStatus,
    LookupAnswered,
    LookupStaged,
    LookupStatus,
    MissReason,
    Revoked,
    Verdict,
)
from moonpool.client.jobs import Jobs, Lease, Question
from moonpool.protocol import wire
from moonpool.protocol.layout import ENTRY_BYTES
from moonpool.protocol.ring import RingViolation

# A newer minor version may say what has no name here, and calling an enum is slow.
_LOOKUP_STATUSES = {int(status): status for status in LookupStatus}
_INTEND_STATUSES = {int(status): status for status in IntendStatus}
_MISS_REASONS = {int(reason): reason for reason in MissReason}


class Answers:
    """Turns messages into events of one session."""

    def __init__(self, jobs: Jobs, events: list[Event]) -> None:
        self._jobs = jobs
        self._events = events

    def entries(self, message: wire.Entries) -> None:
        question = self._jobs.question(message.job_id)
        if question is not None and not question.take(message):
            raise RingViolation(f"entries out of order or too many: job={message.job_id}")

    def lookup(self, message: wire.LookupAnswer, arena_id: bytes) -> Question | None:
        """The question it answers; None when that was given up."""
        question = self._jobs.lookups.get(message.job_id)
        if question is None:
            return None
        entries = _whole(question, message.job_id, message.entry_count)
        del self._jobs.lookups[message.job_id]
        if entries:
            self._jobs.leases[message.job_id] = Lease(entries, message.cell)
        self._events.append(
            LookupAnswered(
                message.job_id,
                _LOOKUP_STATUSES.get(message.status, LookupStatus.MALFORMED),
                message.hit_tokens if entries else 0,
                _MISS_REASONS.get(message.miss_reason, MissReason.NONE),
                message.groups,
                entries,
                arena_id,
            )
        )
        return question

    def intend(self, message: wire.IntendAnswer, arena_id: bytes) -> Question | None:
        """The question it answers; None when that was given up."""
        question = self._jobs.intents.get(message.job_id)
        if question is None:
            return None
        status = _INTEND_STATUSES.get(message.status, IntendStatus.MALFORMED)
        if status is IntendStatus.OK and len(message.verdicts) != question.blocks:
            raise RingViolation(f"verdicts and blocks disagree: job={message.job_id}")
        entries = _whole(question, message.job_id, message.entry_count)
        del self._jobs.intents[message.job_id]
        if Verdict.GRANTED in message.verdicts:
            self._jobs.grants.add(message.job_id)
        self._events.append(
            IntendAnswered(message.job_id, status, message.verdicts, entries, arena_id)
        )
        return question

    def staged(self, message: wire.Staging) -> None:
        question = self._jobs.lookups.get(message.job_id)
        if question is not None:
            question.deadline = math.inf  # a word came; how long to wait is the asker's to judge
            self._events.append(LookupStaged(message.job_id, message.wait_millis / 1000))

    def committed(self, message: wire.Committed) -> None:
        if message.job_id in self._jobs.commits:
            self._jobs.commits.discard(message.job_id)
            self._events.append(Committed(message.job_id, message.stored))

    def evicted(self, message: wire.Evicted) -> None:
        self._events.append(Evicted(message.group, message.hashes))

    def revoke(self, message: wire.Revoke) -> None:
        if message.job_id in self._jobs.leases or message.job_id in self._jobs.grants:
            self._events.append(Revoked(message.job_id))


def _whole(question: Question, job: int, entry_count: int) -> bytes:
    entries = b"".join(question.parts)
    if len(entries) != entry_count * ENTRY_BYTES:
        raise RingViolation(f"entries missing: job={job}, entryCount={entry_count}")
    return entries
