# SPDX-License-Identifier: Apache-2.0
"""The control plane without generated code.

`control.binpb` is the compiled descriptor of proto/src/main/proto/moonpool/v1/control.proto;
message classes are made from it by whatever protobuf runtime the engine has, so no version of a
code generator can disagree with it. `tests/protocol/test_control.py` proves that the file is
current, `python -m moonpool.protocol.control PROTO_DIR` writes it anew. gRPC is imported where a
channel is opened, on the attach thread.
"""

from __future__ import annotations

import importlib.resources
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

if TYPE_CHECKING:
    import grpc

PACKAGE = "moonpool.v1"
PROTO = "moonpool/v1/control.proto"
DESCRIPTOR = "control.binpb"
MAJOR = 1
MINOR = 0


def message_class(name: str) -> Any:
    """The class of a message of `moonpool.v1`."""
    return _classes()[name]


@cache
def _classes() -> dict[str, Any]:
    # All at once and for good: protobuf 4.22 makes the classes of inner messages on the fly, and
    # forgets that it has them. The pool is our own, another copy of these messages in the process
    # is none of our business.
    data = importlib.resources.files(__package__).joinpath(DESCRIPTOR).read_bytes()
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(data).file:
        pool.Add(file)
    messages = pool.FindFileByName(PROTO).message_types_by_name
    return {name: message_factory.GetMessageClass(message) for name, message in messages.items()}


class ControlStub:
    """The methods of the sidecar's `Control` and `Admin` services on one channel."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.attach = self._unary(channel, "Control/Attach", "AttachRequest", "AttachReply")
        self.detach = self._unary(channel, "Control/Detach", "DetachRequest", "DetachReply")
        self.status = self._unary(channel, "Admin/Status", "StatusRequest", "StatusReply")
        self.watch: Any = channel.unary_stream(
            f"/{PACKAGE}.Control/Watch",
            request_serializer=message_class("WatchRequest").SerializeToString,
            response_deserializer=message_class("WatchEvent").FromString,
        )

    @staticmethod
    def _unary(channel: grpc.Channel, method: str, request: str, reply: str) -> Any:
        return channel.unary_unary(
            f"/{PACKAGE}.{method}",
            request_serializer=message_class(request).SerializeToString,
            response_deserializer=message_class(reply).FromString,
        )


def open_channel(socket_path: str) -> grpc.Channel:
    """A channel of its own to the sidecar's socket; never shared, never retried behind our back."""
    import grpc

    options = [
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.enable_retries", 0),
        ("grpc.enable_http_proxy", 0),
        ("grpc.default_authority", "localhost"),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 500),
    ]
    return grpc.insecure_channel(f"unix:{socket_path}", options=options)


def compile_descriptor(proto_root: Path) -> bytes:
    """Compiles the .proto; needs grpcio-tools, which only a developer has."""
    import tempfile

    from grpc_tools import protoc

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / DESCRIPTOR
        arguments = [
            "protoc",
            f"--proto_path={proto_root}",
            f"--descriptor_set_out={target}",
            PROTO,
        ]
        if protoc.main(arguments) != 0:
            raise SystemExit(f"protoc refused {PROTO} below {proto_root}")
        return target.read_bytes()


if __name__ == "__main__":
    Path(__file__).with_name(DESCRIPTOR).write_bytes(compile_descriptor(Path(sys.argv[1])))
