"""A member that lies, as a process on a host: `python liar.py ORDER` with ORDER as JSON.

It joins the pool in good order and publishes blocks that it has not got. Asked where they are, it
answers by the lie that each block's hash is listed under:

- nonsense: bytes that are no description; more found than was asked for
- beyond: a slot far outside the segment
- short, long: a slot of another length than the layout's
- other: an honest owner's slot, with all that proves it, of another block
- stranger: the right form, at an address that answers with random bytes
- huge: an answer of 8 MiB
- silent: no answer

Prints "ready" when the directory has taken what it publishes, then each lie that it tells; stays
until it is killed.
"""

import json
import random
import struct
import sys
import time
from collections.abc import Iterator
from concurrent import futures
from typing import Any

import grpc

from pool.messages import messages

SLOT = struct.Struct("<QQQIHH")
RECORD = struct.Struct("<BBHIQQ32s")
PUBLISH, MEMORY = 1, 1
HASH_BYTES = 32
SILENCE_S = 5.0
BEAT_S = 0.3
HUGE_BYTES = 8 << 20


class Liar:
    """The Peer service, and the directory's member behind it."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._order = order
        self._kinds = messages()
        self._lies = {bytes.fromhex(key): lie for key, lie in order["lies"].items()}
        self._random = random.Random(order["seed"])

    def run(self) -> None:
        self._serve()
        channel = grpc.insecure_channel(self._order["master"])
        joined = self._call(channel, "Join", self._join_request(), "JoinReply")
        stream = channel.stream_stream(
            "/moonpool.v1.Directory/Changes",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=self._kinds["ChangeReply"].FromString,
        )
        for reply in stream(self._batches(joined)):
            if reply.applied_sequence >= len(self._lies):
                print("ready", flush=True)

    def _serve(self) -> None:
        server = grpc.server(futures.ThreadPoolExecutor(8))
        describe = grpc.unary_unary_rpc_method_handler(
            self._describe,
            request_deserializer=self._kinds["DescribeRequest"].FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )
        handlers = {"Describe": describe}
        service = grpc.method_handlers_generic_handler("moonpool.v1.Peer", handlers)
        server.add_generic_rpc_handlers((service,))
        server.add_insecure_port(self._order["peer"])
        server.start()
        self._server = server

    def _join_request(self) -> Any:
        member = self._kinds["MemberInfo"](
            id=bytes(self._random.randbytes(16)),
            name="liar",
            peer_endpoint=self._order["peer"],
            transfer_endpoints=[self._order["stranger"]],
            protocol="tcp",
            capacity_bytes=1 << 30,
            free_bytes=1 << 30,
            boot=1,
        )
        return self._kinds["JoinRequest"](
            protocol=self._kinds["ProtocolVersion"](major=1), member=member
        )

    def _batches(self, joined: Any) -> Iterator[Any]:
        """All at once, then heartbeats."""
        keys = list(self._lies)
        layout = self._kinds["Layout"](**self._layout())
        records = [self._record(number, key) for number, key in enumerate(keys)]
        common = {"member": joined.member, "directory_id": joined.directory_id}
        batch = self._kinds["ChangeBatch"]
        yield batch(
            **common,
            first_sequence=1,
            layouts=[layout],
            records=b"".join(records),
            announced=True,
            free_bytes=1 << 30,
            capacity_bytes=1 << 30,
        )
        while True:
            time.sleep(BEAT_S)
            yield batch(**common, first_sequence=len(keys) + 1, free_bytes=1, capacity_bytes=1)

    def _record(self, number: int, key: bytes) -> bytes:
        return RECORD.pack(PUBLISH, MEMORY, 0, 0, self._order["epoch"], number, key)

    def _layout(self) -> dict[str, Any]:
        told = dict(self._order["layout"])
        told["digest"] = bytes.fromhex(told["digest"])
        told["namespace_digest"] = bytes.fromhex(told["namespace_digest"])
        told["shards"] = [self._kinds["Shard"](**shard) for shard in told["shards"]]
        return told

    def _describe(self, request: Any, _context: Any) -> Any:
        asked = [
            request.hashes[i : i + HASH_BYTES] for i in range(0, len(request.hashes), HASH_BYTES)
        ]
        lie = self._lies.get(asked[0], "nonsense")
        print(f"asked, told: {lie}", flush=True)
        return getattr(self, f"_{lie}")(request, asked)

    def _reply(self, asked: list[bytes], slot: bytes, **changes: Any) -> Any:
        whole = {
            "found": b"\xff" * -(-len(asked) // 8),
            "slots": slot * len(asked),
            "segment": b"arena-0",
            "arena_bytes": 1 << 28,
            "transfer_token": bytes(16),
            "transfer_endpoints": [self._order["stranger"]],
        }
        return self._kinds["DescribeReply"](**(whole | changes))

    def _slot(self, offset: int = 0, length: int | None = None) -> bytes:
        size = self._order["payload_bytes"] if length is None else length
        return SLOT.pack(offset, size, 7, 12345, 0, 0)

    def _nonsense(self, _request: Any, asked: list[bytes]) -> Any:
        noise = self._random.randbytes(33)
        return self._reply(asked, noise, found=b"\xff" * 4096, transfer_token=b"short")

    def _huge(self, _request: Any, asked: list[bytes]) -> Any:
        return self._reply(asked, self._slot(), segment=bytes(HUGE_BYTES))

    def _silent(self, request: Any, asked: list[bytes]) -> Any:
        time.sleep(SILENCE_S)
        return self._nonsense(request, asked)

    def _stranger(self, _request: Any, asked: list[bytes]) -> Any:
        return self._reply(asked, self._slot())

    def _beyond(self, request: Any, asked: list[bytes]) -> Any:
        return self._honestly(request, asked, self._slot(offset=(1 << 63) - 4096))

    def _short(self, request: Any, asked: list[bytes]) -> Any:
        return self._honestly(request, asked, self._slot(length=8))

    def _long(self, request: Any, asked: list[bytes]) -> Any:
        return self._honestly(request, asked, self._slot(length=(1 << 64) - 1))

    def _other(self, request: Any, asked: list[bytes]) -> Any:
        return self._honestly(request, asked, None)

    def _honestly(self, request: Any, asked: list[bytes], slot: bytes | None) -> Any:
        """The honest owner's address, and its slot of a block that was not asked for."""
        honest = bytes.fromhex(self._order["honest_key"])
        question = self._kinds["DescribeRequest"](
            layout=request.layout, epoch=request.epoch, hashes=honest
        )
        with grpc.insecure_channel(self._order["honest_peer"]) as channel:
            reply = self._call(channel, "Describe", question, "DescribeReply", "Peer")
        if not reply.slots:
            raise ValueError("the honest owner has lost its block")
        return self._reply(
            asked,
            slot or reply.slots,
            segment=reply.segment,
            arena_bytes=reply.arena_bytes,
            transfer_token=reply.transfer_token,
            transfer_endpoints=reply.transfer_endpoints,
        )

    def _call(
        self, channel: Any, method: str, message: Any, answer: str, service: str = "Directory"
    ) -> Any:
        call = channel.unary_unary(
            f"/moonpool.v1.{service}/{method}",
            request_serializer=lambda one: one.SerializeToString(),
            response_deserializer=self._kinds[answer].FromString,
        )
        return call(message, timeout=SILENCE_S)


if __name__ == "__main__":
    Liar(json.loads(sys.argv[1])).run()
