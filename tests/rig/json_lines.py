"""JSON values, one per line, with a child process; every read has a deadline."""

import contextlib
import json
import os
import select
import subprocess
import time
from typing import Any

CHUNK_BYTES = 1 << 16


class JsonLines:
    """Our end of a child's stdin and stdout."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._input = process.stdin
        self._output = process.stdout
        self._pending = b""

    def send(self, value: dict[str, Any]) -> None:
        """A child that is gone is noticed by the next receive."""
        with contextlib.suppress(BrokenPipeError):
            self._input.write(json.dumps(value).encode() + b"\n")
            self._input.flush()

    def receive(self, timeout_s: float) -> dict[str, Any]:
        """The next line; EOFError if the child ended, TimeoutError if none came in time."""
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self._pending:
            left_s = deadline - time.monotonic()
            if left_s <= 0 or not select.select([self._output], [], [], left_s)[0]:
                raise TimeoutError(f"no answer within {timeout_s:.0f} s")
            chunk = os.read(self._output.fileno(), CHUNK_BYTES)
            if not chunk:
                raise EOFError("the process ended without an answer")
            self._pending += chunk
        line, self._pending = self._pending.split(b"\n", 1)
        return dict(json.loads(line))

    def close_input(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._input.close()
