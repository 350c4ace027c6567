# SPDX-License-Identifier: Apache-2.0
"""The ring against a model of it, and against records that no honest writer makes."""

from __future__ import annotations

import struct
from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moonpool.protocol.layout import Ring
from moonpool.protocol.ring import RingConsumer, RingProducer, RingViolation

CAPACITY = 1024
BODIES = st.integers(0, Ring.longest_record(CAPACITY) - Ring.RECORD_HEADER_BYTES)


def new_ring() -> memoryview:
    return memoryview(bytearray(CAPACITY + Ring.TRAILER_BYTES))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(BODIES, st.just(-1), st.just(-3)), max_size=150))
def test_delivers_every_record_once_in_order(steps: list[int]) -> None:
    """A step is the length of a record to offer, or minus the number of records to poll."""
    ring = new_ring()
    producer, consumer = RingProducer(ring, CAPACITY), RingConsumer(ring, CAPACITY)
    model: deque[tuple[int, bytes]] = deque()
    for number, step in enumerate(steps):
        if step >= 0:
            body = bytes((number + i) & 0xFF for i in range(step))
            if producer.offer((number + 1, body)):
                model.append((number + 1, body))
            else:
                assert sum(len(body) + 15 for _, body in model) > CAPACITY // 2, "full too early"
        else:
            for record in consumer.poll(-step):
                assert record == model.popleft()
    while records := consumer.poll(1000):
        for record in records:
            assert record == model.popleft()
    assert not model
    assert bytes(ring[:CAPACITY]) == bytes(CAPACITY), "what was read must be zeroed"


@settings(max_examples=300, deadline=None)
@given(st.binary(min_size=CAPACITY, max_size=CAPACITY))
def test_survives_any_bytes(content: bytes) -> None:
    ring = new_ring()
    consumer = RingConsumer(ring, CAPACITY)
    ring[:CAPACITY] = content
    total = 0
    try:
        for _ in range(8):
            records = consumer.poll(64)
            total += len(records)
            for _, body in records:
                assert len(body) <= Ring.longest_record(CAPACITY)
    except RingViolation:
        pass
    assert total <= 8 * 64


@pytest.mark.parametrize(
    ("index", "length", "record_type"),
    [
        (0, 7, 1),
        (0, 1, Ring.PADDING),
        (0, CAPACITY // 8 + 1, 1),
        (0, CAPACITY + 8, Ring.PADDING),
        (0, 2**31 - 1, 1),
    ],
)
def test_refuses_lengths_out_of_range(index: int, length: int, record_type: int) -> None:
    ring = new_ring()
    consumer = RingConsumer(ring, CAPACITY)
    struct.pack_into("<ii", ring, index, length, record_type)
    with pytest.raises(RingViolation, match="length"):
        consumer.poll(10)


@pytest.mark.parametrize("record_type", [0, -2, 65536])
def test_refuses_types_out_of_range(record_type: int) -> None:
    ring = new_ring()
    consumer = RingConsumer(ring, CAPACITY)
    struct.pack_into("<ii", ring, 0, 16, record_type)
    with pytest.raises(RingViolation, match="type"):
        consumer.poll(10)


def test_refuses_a_record_that_wraps() -> None:
    ring = new_ring()
    consumer = RingConsumer(ring, CAPACITY)
    struct.pack_into("<ii", ring, 0, CAPACITY - 64, Ring.PADDING)
    struct.pack_into("<ii", ring, CAPACITY - 64, 72, 1)
    with pytest.raises(RingViolation, match="length"):
        consumer.poll(10)


def test_an_unfinished_record_is_not_there() -> None:
    ring = new_ring()
    producer, consumer = RingProducer(ring, CAPACITY), RingConsumer(ring, CAPACITY)
    ring[8:24] = b"x" * 16
    assert consumer.poll(10) == []
    assert not consumer.ready
    assert producer.offer((5, b"x" * 16))
    assert consumer.ready
    assert consumer.poll(10) == [(5, b"x" * 16)]


def test_a_writer_that_never_stops_does_not_keep_the_reader() -> None:
    """Padding over the whole buffer, written again behind the reader's back."""
    ring = new_ring()

    class Rewritten(RingConsumer):
        def _consume(self, index: int, consumed: int) -> None:
            super()._consume(index, consumed)
            struct.pack_into("<ii", ring, 0, CAPACITY, Ring.PADDING)

    struct.pack_into("<ii", ring, 0, CAPACITY, Ring.PADDING)
    assert Rewritten(ring, CAPACITY).poll(10) == []


@pytest.mark.parametrize("head", [-8, 4096, 2**62])
def test_a_lying_head_only_keeps_the_ring_full(head: int) -> None:
    ring = new_ring()
    producer = RingProducer(ring, CAPACITY)
    while producer.offer((1, b"y" * 100)):
        pass
    before = bytes(ring[:CAPACITY])
    struct.pack_into("<q", ring, CAPACITY + Ring.HEAD, head)
    assert not producer.offer((1, b"z" * 100))
    assert bytes(ring[:CAPACITY]) == before


def test_several_records_fit_wherever_they_wrap_or_none_is_there() -> None:
    three = [(2, b"b" * 120)] * 3
    for shift in range(0, CAPACITY, 8):
        ring = new_ring()
        producer, consumer = RingProducer(ring, CAPACITY), RingConsumer(ring, CAPACITY)
        for _ in range(0, shift, 8):
            assert producer.offer((1, b""))
            consumer.poll(1)
        assert producer.offer(*three)
        while producer.offer(*three):
            pass
        there = consumer.poll(1000)
        assert len(there) % 3 == 0
        assert set(there) == set(three)


def test_refuses_a_capacity_that_is_no_power_of_two() -> None:
    with pytest.raises(ValueError, match="capacity=1000"):
        RingProducer(memoryview(bytearray(1000 + Ring.TRAILER_BYTES)), 1000)
    with pytest.raises(ValueError, match="disagree"):
        RingConsumer(memoryview(bytearray(100)), CAPACITY)


def test_refuses_a_body_that_is_too_long() -> None:
    producer = RingProducer(new_ring(), CAPACITY)
    with pytest.raises(ValueError, match="body too long"):
        producer.offer((1, bytes(producer.longest_body + 1)))
