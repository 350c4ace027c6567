# SPDX-License-Identifier: Apache-2.0
"""Adapters by content: the engine's block hashes know an adapter by its name only."""

from pathlib import Path
from typing import Any

from moonpool.vllm.files import digest, fingerprint, weight_files

Verdict = tuple[bytes | None, bool]
NO_ADAPTER: Verdict = (None, True)
UNKNOWN: Verdict = (None, False)


class AdapterFingerprints:
    """One fingerprint an adapter, taken when a request first names it: that is what the engine
    loads.
    """

    def __init__(self, log: Any) -> None:
        self._log = log
        self._seen: dict[tuple[int, str, str], Verdict] = {}

    def of(self, adapter: Any | None) -> Verdict:
        """(fingerprint or None, whether the request may use the pool)."""
        if adapter is None:
            return NO_ADAPTER
        key = (adapter.lora_int_id, adapter.lora_name, adapter.lora_path)
        if getattr(adapter, "load_inplace", False):
            self._seen[key] = UNKNOWN
        if key not in self._seen:
            self._seen[key] = self._read(adapter)
        return self._seen[key]

    def _read(self, adapter: Any) -> Verdict:
        found = adapter_fingerprint(adapter.lora_path)
        if found is None:
            self._log.warning(
                "adapter %s: %s is no local folder with weights, so its content is unknown; its "
                "requests bypass the pool",
                adapter.lora_name,
                adapter.lora_path,
            )
            return UNKNOWN
        return found, True


def adapter_fingerprint(path: str) -> bytes | None:
    """What identifies an adapter's content: its configuration, and its weight files."""
    folder = Path(path)
    files = weight_files(folder) if folder.is_dir() else []
    if not files:
        return None
    config = folder / "adapter_config.json"
    try:
        return digest([config.read_text() if config.exists() else "", fingerprint(files)])
    except OSError:
        return None
