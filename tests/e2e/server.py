"""vLLM's own API server as users start it, asked over HTTP."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from rig import shared_memory
from rig.commands import tail
from rig.engines import QUIET_CPU
from rig.place import DIRECT, HERE, Place
from rig.ports import free_ports
from rig.reaper import Reaper, kill_group

from e2e.admin import wait_until

START_TIMEOUT_S = 300.0
REQUEST_TIMEOUT_S = 120.0


class ApiServer:
    """`python -m vllm.entrypoints.openai.api_server`: the `vllm` script of the CPU wheel does not
    start.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        environ: Mapping[str, str],
        log: Path,
        place: Place = HERE,
    ) -> None:
        self.log = log
        self._place = place
        [self._port] = place.within(lambda: free_ports(1))
        self._shared: frozenset[Path] = frozenset()
        command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", *arguments]
        with log.open("a") as sink:
            self._process = Reaper.shared().start(
                place.command([*command, "--host", "127.0.0.1", "--port", str(self._port)]),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                env=dict(os.environ) | QUIET_CPU | {"VLLM_CPU_KVCACHE_SPACE": "1"} | dict(environ),
            )

    def __enter__(self) -> "ApiServer":
        try:
            wait_until(self._answers, "the API server answers", START_TIMEOUT_S, poll_s=0.2)
        except BaseException:
            self.kill()
            raise
        self._shared = shared_memory.held_by(self._process.pid)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        kill_group(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self.kill()

    def kill(self) -> None:
        Reaper.shared().end(self._process)
        shared_memory.remove(self._shared)

    def complete(self, ids: Sequence[int], max_tokens: int = 4) -> dict[str, Any]:
        """Tokens and logprobs of a completion, as text the server chose."""
        order = {
            "prompt": list(ids),
            "max_tokens": max_tokens,
            "temperature": 0,
            "logprobs": 3,
            "ignore_eos": True,
        }
        answer = json.loads(self._fetch("/v1/completions", json.dumps(order).encode()))
        return dict(answer["choices"][0]["logprobs"])

    def reset(self) -> None:
        """The server's own prefix cache (needs VLLM_SERVER_DEV_MODE=1)."""
        self._fetch("/reset_prefix_cache", b"")

    def metric(self, name: str) -> float:
        """A metric summed over its labels."""
        lines = [line for line in self._fetch("/metrics").splitlines() if not line.startswith("#")]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.split("{")[0] == name)

    def log_lines(self, contains: str) -> list[str]:
        return [
            line for line in self.log.read_text(errors="replace").splitlines() if contains in line
        ]

    def _answers(self) -> bool:
        assert self._process.poll() is None, (
            f"the API server ended; its log {self.log} ends:\n{tail(self.log)}"
        )
        try:
            self._fetch("/health")
        except (urllib.error.URLError, ConnectionError):
            return False
        return True

    def _fetch(self, path: str, body: bytes | None = None) -> str:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}{path}", body, {"Content-Type": "application/json"}
        )
        return self._place.within(lambda: _answer(request))


def _answer(request: urllib.request.Request) -> str:
    with DIRECT.open(request, timeout=REQUEST_TIMEOUT_S) as response:
        return str(response.read().decode())
