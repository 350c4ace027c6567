# SPDX-License-Identifier: Apache-2.0
"""The golden bytes of docs/spec/vectors, read and written as by every client of every language."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from moonpool.protocol import layout, wire
from moonpool.protocol.headers import HeaderTable
from moonpool.protocol.ring import RingConsumer, RingProducer
from moonpool.protocol.session_file import SessionFile

VECTORS = Path(__file__).parents[3] / "docs/spec/vectors"
MESSAGES = sorted(path.stem for path in VECTORS.glob("message-*.hex"))
CLASSES = {kind.__name__: kind for kind in wire.SHAPES}


def golden(name: str) -> bytes:
    return bytes.fromhex((VECTORS / f"{name}.hex").read_text())


def fields_of(name: str) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text())
    return fields


def message_of(name: str) -> wire.Message:
    """The message that the JSON describes."""
    described = fields_of(name)
    kind: Any = CLASSES[described["message"]]
    return kind(*(_value(value) for value in described["fields"].values()))  # type: ignore[no-any-return]


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return bytes.fromhex(value)
    if isinstance(value, list):
        return tuple(wire.AnswerGroup(*group.values()) for group in value)
    return value


def test_every_message_has_a_vector() -> None:
    assert {fields_of(name)["message"] for name in MESSAGES} == CLASSES.keys()


@pytest.mark.parametrize("name", MESSAGES)
def test_message(name: str) -> None:
    message = message_of(name)
    body = golden(name)
    template = fields_of(name)["templateId"]
    assert wire.record(message) == (template, body)
    assert wire.decode(template, body) == message


def test_entry() -> None:
    entry = np.frombuffer(golden("entry"), layout.ENTRY)[0]
    want = fields_of("entry")
    assert [int(part) for part in entry.tolist()] == [
        want["offset"],
        want["word"],
        want["slot"],
        want["payloadBytes"],
    ]


def test_header_table_page_and_slot_header() -> None:
    want = fields_of("header-table-page")
    slots = want["slabCount"] * want["headersPerSlab"]
    file = bytearray(want["headersOffset"] + slots * layout.Headers.HEADER_BYTES)
    page, header = golden("header-table-page"), golden("slot-header")
    file[: len(page)] = page
    at = want["headersOffset"] + 300 * layout.Headers.HEADER_BYTES
    file[at : at + len(header)] = header
    table = HeaderTable(memoryview(file))
    assert table.boot_id.hex() == want["bootId"]
    assert table.boot_count == want["bootCount"]
    assert table.slab_bytes == want["slabBytes"]
    assert table.slot_count == slots
    words = table.words(np.array([299, 300], dtype=np.uint32))
    assert words.tolist() == [0, fields_of("slot-header")["word"]]


def test_session_page_and_lease_cell() -> None:
    want = fields_of("session-page")
    end = want["completionRingOffset"] + want["completionRingCapacity"] + 768
    file = bytearray(end)
    page, cell = golden("session-page"), golden("lease-cell")
    file[: len(page)] = page
    at = want["leaseCellsOffset"] + 7 * layout.Session.CELL_BYTES
    file[at : at + len(cell)] = cell
    session = SessionFile(memoryview(file))
    assert session.role == want["role"]
    assert session.session_id == want["sessionId"]
    assert session.boot_id.hex() == want["bootId"]
    assert session.cell_count == want["leaseCellCount"]
    assert session.request_capacity == want["requestRingCapacity"]
    assert session.completion_capacity == want["completionRingCapacity"]
    assert session.heartbeat() == want["heartbeat"]
    assert struct.unpack_from("<I", file, layout.Session.COMPLETION_DOORBELL) == (
        want["completionDoorbell"],
    )
    mark = fields_of("lease-cell")
    assert session.mark(7, mark["jobId"]) == mark["state"] << 32 | mark["verifiedEntries"]


def test_ring() -> None:
    """Records that are read from the golden ring, and a ring that is written to the same bytes."""
    want = fields_of("ring")
    capacity = want["capacity"]
    ring = memoryview(bytearray(golden("ring")))
    unread = [(record["type"], bytes.fromhex(record["body"])) for record in want["unread"]]
    assert RingConsumer(ring, capacity).poll(100) == unread
    ours = memoryview(bytearray(capacity + layout.Ring.TRAILER_BYTES))
    for offset in (layout.Ring.TAIL, layout.Ring.HEAD):
        struct.pack_into("<q", ours, capacity + offset, want["head"])
    producer = RingProducer(ours, capacity)
    for record in unread:
        assert producer.offer(record)
    tail = capacity + layout.Ring.TAIL
    assert bytes(ours[:capacity]) == golden("ring")[:capacity]
    assert struct.unpack_from("<q", ours, tail) == (want["tail"],)
