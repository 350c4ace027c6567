# SPDX-License-Identifier: Apache-2.0
"""Fingerprints of files that hold weights: cheap, and different whenever the content may be."""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# A safetensors header is JSON behind a 64-bit length; ten megabytes are far beyond any real one.
HEADER_BYTES_MAX = 10 << 20
WEIGHTS = ("*.safetensors", "*.bin", "*.pt", "*.pth", "*.gguf")


def weight_files(folder: Path, patterns: Iterable[str] = WEIGHTS) -> list[Path]:
    return sorted(path for pattern in patterns for path in folder.glob(pattern))


def fingerprint(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """One record a file, in name order: what the file system and the header say of it."""
    return [_record(path) for path in paths]


def digest(records: Any) -> bytes:
    return hashlib.sha256(json.dumps(records, sort_keys=True).encode()).digest()


def _record(path: Path) -> dict[str, Any]:
    status = os.stat(path)
    return {
        "name": path.name,
        "bytes": status.st_size,
        "mtime_ns": status.st_mtime_ns,
        "inode": status.st_ino,
        "header": _header_digest(path),
    }


def _header_digest(path: Path) -> str:
    """The names, types and shapes of the tensors; for other formats the first page."""
    with path.open("rb") as file:
        first = file.read(4096)
        length = int.from_bytes(first[:8], "little")
        if path.suffix == ".safetensors" and length <= HEADER_BYTES_MAX:
            first += file.read(max(0, 8 + length - len(first)))
    return hashlib.sha256(first).hexdigest()
