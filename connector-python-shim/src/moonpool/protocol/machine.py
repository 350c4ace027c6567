# SPDX-License-Identifier: Apache-2.0
"""Where pure Python may talk to the rings at all.

A release store is a plain aligned store on x86-64, which is what `memoryview` makes; on weaker
machines Python has no way to order its stores (docs/spec/README.md), and wrong bytes would be the
price.
"""

from __future__ import annotations

import platform
import sys


class UnsupportedMachine(RuntimeError):
    """This machine can't run the pure Python client."""


def require_supported_machine() -> None:
    """Raises `UnsupportedMachine` with one line that says why and what would help."""
    machine = platform.machine().lower()
    if sys.platform != "linux" or machine not in ("x86_64", "amd64") or sys.maxsize <= 2**32:
        raise UnsupportedMachine(
            f"moonpool needs 64-bit Linux on x86-64: platform={sys.platform}, machine={machine}. "
            "Elsewhere pure Python can't order its stores to shared memory; "
            "run the engine on an x86-64 host"
        )
