# SPDX-License-Identifier: Apache-2.0
"""Messages: what is encoded decodes to the same, and nothing else is believed."""

from __future__ import annotations

import contextlib
import xml.etree.ElementTree as Xml
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moonpool.protocol import wire

SCHEMA = Path(__file__).parents[3] / "proto/src/main/sbe/ring.xml"
U64 = st.integers(0, 2**64 - 1)
U32 = st.integers(0, 2**32 - 1)
U16 = st.integers(0, 2**16 - 1)
U8 = st.integers(0, 2**8 - 1)
DATA = st.binary(max_size=400)


def multiples(size: int) -> st.SearchStrategy[bytes]:
    return st.integers(0, 20).flatmap(lambda n: st.binary(min_size=n * size, max_size=n * size))


HASH = st.binary(min_size=32, max_size=32)
GROUPS = st.lists(st.builds(wire.AnswerGroup, U16, U32, U32, U32), max_size=16).map(tuple)
MESSAGES: dict[type[Any], st.SearchStrategy[wire.Message]] = {
    wire.LookupKeys: st.builds(wire.LookupKeys, U64, U32, U16, multiples(32)),
    wire.Lookup: st.builds(wire.Lookup, U64, U64, U64, U64, U32, U32),
    wire.Release: st.builds(wire.Release, U64, U32),
    wire.Cancel: st.builds(wire.Cancel, U64),
    wire.Intend: st.builds(wire.Intend, U64, U64, U32, U16, U16, HASH, multiples(32)),
    wire.Commit: st.builds(wire.Commit, U64, DATA),
    wire.Abort: st.builds(wire.Abort, U64),
    wire.Ping: st.builds(wire.Ping, U64),
    wire.Reset: st.builds(wire.Reset, U64, U64),
    wire.Entries: st.builds(wire.Entries, U64, U32, multiples(24)),
    wire.LookupAnswer: st.builds(wire.LookupAnswer, U64, U64, U32, U16, U8, U8, GROUPS),
    wire.IntendAnswer: st.builds(wire.IntendAnswer, U64, U32, U8, DATA),
    wire.Committed: st.builds(wire.Committed, U64, U32),
    wire.Evicted: st.builds(wire.Evicted, U16, multiples(32)),
    wire.Pong: st.builds(wire.Pong, U64),
    wire.Revoke: st.builds(wire.Revoke, U64),
    wire.Closing: st.builds(wire.Closing, U8),
    wire.ResetDone: st.builds(wire.ResetDone, U64, U64),
}
ANY = st.one_of(list(MESSAGES.values()))


@settings(max_examples=500, deadline=None)
@given(ANY)
def test_decodes_what_it_encodes(message: wire.Message) -> None:
    template, body = wire.record(message)
    assert wire.decode(template, body) == message


@settings(max_examples=500, deadline=None)
@given(ANY, st.integers(1, 40))
def test_skips_what_a_longer_block_adds(message: wire.Message, extra: int) -> None:
    template, body = wire.record(message)
    block = int.from_bytes(body[:2], "little")
    longer = (block + extra).to_bytes(2, "little") + body[2 : 8 + block]
    longer += b"\xee" * extra + body[8 + block :]
    assert wire.decode(template, longer) == message


@settings(max_examples=500, deadline=None)
@given(ANY, st.data())
def test_refuses_a_shorter_body(message: wire.Message, data: st.DataObject) -> None:
    template, body = wire.record(message)
    cut = data.draw(st.integers(0, len(body) - 1))
    with pytest.raises(wire.WireError):
        wire.decode(template, body[:cut])


@settings(max_examples=1000, deadline=None)
@given(st.sampled_from(sorted(range(10, 19))) | st.integers(30, 38), st.binary(max_size=200))
def test_any_bytes_decode_or_are_refused(template: int, tail: bytes) -> None:
    body = tail[:2] + template.to_bytes(2, "little") + (7170).to_bytes(2, "little") + tail[2:]
    with contextlib.suppress(wire.WireError):
        wire.decode(template, body)


def test_an_unknown_template_is_none() -> None:
    body = wire.record(wire.Ping(7))[1]
    assert wire.decode(99, body[:2] + (99).to_bytes(2, "little") + body[4:]) is None


def test_a_type_that_contradicts_the_body_is_refused() -> None:
    with pytest.raises(wire.WireError, match="template=17"):
        wire.decode(18, wire.record(wire.Ping(7))[1])


def test_a_length_beyond_the_body_is_refused() -> None:
    body = bytearray(wire.record(wire.Commit(1, b"\x01"))[1])
    body[16:20] = (2**32 - 1).to_bytes(4, "little")
    with pytest.raises(wire.WireError, match="length=4294967295"):
        wire.decode(15, bytes(body))


def test_the_messages_are_those_of_the_schema() -> None:
    """Ids and fields, in order, by name."""
    sbe = "{http://fixprotocol.io/2016/sbe}"
    declared = {}
    for message in Xml.parse(SCHEMA).getroot().findall(f"{sbe}message"):
        fields = [_snake(field.attrib["name"]) for field in message]
        declared[message.attrib["name"]] = (int(message.attrib["id"]), fields)
    ours = {
        kind.__name__: (shape.template, list(kind._fields)) for kind, shape in wire.SHAPES.items()
    }
    assert ours == declared


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
