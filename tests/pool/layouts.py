"""The layout of a client's blocks, as docs/spec/05-identity.md has it."""

import hashlib
import struct
from typing import Any

from pool.client import BLOCK_TOKENS, Client


def layout(client: Client) -> dict[str, Any]:
    """Its digest is that of the rest."""
    namespace, size = client.namespace.digest, client.payload_bytes
    parts = [b"moonpool-layout-v1\0", struct.pack("<I", 7), b"default", namespace]
    parts += [struct.pack("<5I", 0, 1, BLOCK_TOKENS, 32, 1), struct.pack("<4IQ", 0, 1, 0, 1, size)]
    shard = {"layer_count": 1, "head_count": 1, "slot_bytes": size}
    return {
        "digest": hashlib.sha256(b"".join(parts)).hexdigest(),
        "tenant": "default",
        "object_bytes": size,
        "namespace_digest": namespace.hex(),
        "kind": 1,
        "block_tokens": BLOCK_TOKENS,
        "hash_bytes": 32,
        "shards": [shard],
    }
