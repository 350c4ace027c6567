# SPDX-License-Identifier: Apache-2.0
"""The shipped descriptor is that of the .proto, and classes come from it."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

from google.protobuf import descriptor_pb2
from moonpool.protocol import control

PROTO_ROOT = Path(__file__).parents[3] / "proto/src/main/proto"


def test_the_shipped_descriptor_is_current() -> None:
    """If not: python -m moonpool.protocol.control proto/src/main/proto"""
    shipped = importlib.resources.files("moonpool.protocol").joinpath(control.DESCRIPTOR)
    parse = descriptor_pb2.FileDescriptorSet.FromString
    assert parse(shipped.read_bytes()) == parse(control.compile_descriptor(PROTO_ROOT))


def test_messages_carry_their_fields() -> None:
    request = control.message_class("AttachRequest")(engine_id="e", previous_session_id=2**63)
    request.leases.add(job_id=5, entries=b"x" * 24)
    again = control.message_class("AttachRequest").FromString(request.SerializeToString())
    assert again == request
    assert again.leases[0].job_id == 5
