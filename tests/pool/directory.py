"""The directory's calls that have no page: pins, wanted replicas, single removals, placements.

with Directory(pool.master) as directory:
    directory.mark(directory.keys(chain), wanted=2)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import grpc
from rig.master import Master

from pool.messages import messages
from pool.tunnel import Tunnel

CALL_S = 10.0
HASH_BYTES = 32


@dataclass(frozen=True)
class Keys:
    """Objects of one layout and epoch, as the directory names them."""

    layout: bytes
    epoch: int
    hashes: bytes


class Directory:
    """One master's, for as long as its address holds: it may die and come back meanwhile."""

    def __init__(self, master: Master) -> None:
        self._master = master
        self._kinds = messages()
        self._tunnel = Tunnel(master.spec.place, (master.spec.place.address, master.rpc_port))

    def keys(self, known: bytes, hashes: bytes) -> Keys:
        """These blocks, with layout and epoch of a block that the directory knows."""
        for line in self._master.get("/get_all_keys").splitlines():
            layout, epoch, found = line.split(":")
            if bytes.fromhex(found) == known[:HASH_BYTES]:
                return Keys(bytes.fromhex(layout), int(epoch), hashes)
        raise AssertionError("the directory does not know the block")

    def mark(self, keys: Keys, **marks: int) -> None:
        """wanted, soft_ms, hard_ms."""
        self._ask("Mark", **vars(keys), **marks)

    def remove(self, keys: Keys) -> Any:
        """How many were removed, and how many stay because they are pinned."""
        return self._ask("Remove", **vars(keys))

    def place(self, keys: Keys) -> Sequence[str]:
        """The peer endpoints of members that may take these objects, best first."""
        objects = len(keys.hashes) // HASH_BYTES
        answer = self._ask("Place", layout=keys.layout, objects=objects, replicas=1)
        return [member.peer_endpoint for member in answer.members]

    def close(self) -> None:
        self._tunnel.close()

    def __enter__(self) -> "Directory":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(self, method: str, **fields: Any) -> Any:
        options = [("grpc.enable_http_proxy", 0)]
        with grpc.insecure_channel(self._tunnel.address, options=options) as channel:
            call = channel.unary_unary(
                f"/moonpool.v1.Directory/{method}",
                request_serializer=lambda message: message.SerializeToString(),
                response_deserializer=self._kinds[f"{method}Reply"].FromString,
            )
            return call(self._kinds[f"{method}Request"](**fields), timeout=CALL_S)
