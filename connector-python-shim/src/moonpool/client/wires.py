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

    def send(self, message: wire.Message) -> bool:
        """False when the ring is full, or was never large enough."""
        if not self._put(message):
            return False
        self._doorbell.ring()
        return True

    def send_lookup(self, keys: Sequence[GroupKeys], lookup: wire.Lookup) -> bool:
        """The keys and their lookup, all or nothing, with one wake-up."""
        requests = self.requests
        step = (requests.longest_body - wire.LOOKUP_KEYS_BYTES) // HASH_BYTES * HASH_BYTES
        pieces: list[wire.LookupKeys] = []
        total = wire.LOOKUP_BYTES
        for key in keys:
            pieces += _pieces(lookup.job_id, key, step)
            total += len(key.hashes)
        total += len(pieces) * wire.LOOKUP_KEYS_BYTES
        if not requests.room_for(len(pieces) + 1, total):
            return False
        for piece in pieces:
            self._put(piece)
        self._put(lookup)
        self._doorbell.ring()
        return True

    def _put(self, message: wire.Message) -> bool:
        requests = self.requests
        shape = wire.SHAPES[type(message)]
        length = shape.length(message)
        if length > requests.longest_body:
            return False
        offset = requests.claim(length)
        if offset < 0:
            return False
        shape.encode(message, requests.buffer, offset)
        requests.publish(shape.template, length)
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
