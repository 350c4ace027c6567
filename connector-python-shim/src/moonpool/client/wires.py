# SPDX-License-Identifier: Apache-2.0
"""Sending on one attachment: messages into the request ring, then the doorbell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from moonpool.client.attachment import Attachment
from moonpool.client.spec import GroupKeys
from moonpool.protocol import wire
from moonpool.protocol.doorbell import CompletionDoorbell, RequestDoorbell
from moonpool.protocol.layout import HASH_BYTES
from moonpool.protocol.ring import RingConsumer, RingProducer


class Wires:
    """Both ring ends of a scheduler's attachment. One thread."""

    def __init__(self, attachment: Attachment) -> None:
        session, doorbell = attachment.session, attachment.doorbell
        if doorbell is None:
            raise ValueError("a scheduler's attachment has a doorbell")
        self.attachment: Final = attachment
        self.requests: Final = RingProducer(session.requests(), session.request_capacity)
        self.completions: Final = RingConsumer(session.completions(), session.completion_capacity)
        self.asleep: Final = CompletionDoorbell(session.file)
        self._doorbell = RequestDoorbell(doorbell, attachment.doorbell_tag)
        room = self.requests.longest_body - wire.LOOKUP_KEYS_BYTES
        self._keys_bytes_max = room // HASH_BYTES * HASH_BYTES

    def send(self, message: wire.Message) -> bool:
        """False when the ring is full, or was never large enough."""
        template, body = wire.record(message)
        if len(body) > self.requests.longest_body or not self.requests.offer((template, body)):
            return False
        self._doorbell.ring()
        return True

    def send_lookup(self, keys: Sequence[GroupKeys], lookup: wire.Lookup) -> bool:
        """The keys and their lookup, all or nothing, with one wake-up."""
        records = [
            wire.record(piece)
            for key in keys
            for piece in _pieces(lookup.job_id, key, self._keys_bytes_max)
        ]
        if not self.requests.offer(*records, wire.record(lookup)):
            return False
        self._doorbell.ring()
        return True


def _pieces(job: int, keys: GroupKeys, step: int) -> list[wire.LookupKeys]:
    """The keys of one group as messages that fit into a record each."""
    hashes = keys.hashes
    if len(hashes) <= step:
        return [wire.LookupKeys(job, keys.first_block, keys.group, hashes)]
    return [
        wire.LookupKeys(
            job, keys.first_block + start // HASH_BYTES, keys.group, hashes[start : start + step]
        )
        for start in range(0, len(hashes), step)
    ]
