# SPDX-License-Identifier: Apache-2.0
"""No sidecar: what is said, what is counted, and a sidecar that is started on request."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import socket
import sys
import time
from pathlib import Path

import pytest
from moonpool.client import default_socket_path, notices
from moonpool.client.autostart import Autostart
from moonpool.client.scheduler import SchedulerSession
from specs import attach_spec, until

LOG = logging.getLogger("moonpool.tests")


def started(path: Path | str, **options: object) -> SchedulerSession:
    session = SchedulerSession(attach_spec(), socket_path=str(path), log=LOG, **options)  # type: ignore[arg-type]
    session.start()
    return session


def test_one_warning_at_start_with_path_errno_and_command(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    session = started(tmp_path / "sidecar.sock")
    until(lambda: session.counters["sidecar_absent_total"] >= 3)
    session.close()
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    line = warnings[0].getMessage()
    for part in (f"{tmp_path}/sidecar.sock", "errno 2", "ENOENT", "moonpool sidecar --socket"):
        assert part in line


def test_once_a_minute(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = notices.Notices(LOG, "/run/x.sock")
    now = [1000.0]
    monkeypatch.setattr("moonpool.client.notices.time.monotonic", lambda: now[0])
    for _ in range(240):
        lines.absent(ConnectionRefusedError(111, "Connection refused"))
        now[0] += 0.5
    assert caplog.text.count("ECONNREFUSED") == 2


def test_another_uid_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    place = tmp_path / "theirs.sock"
    place.touch()
    os.chown(place, 4321, -1)
    notices.Notices(LOG, str(place)).absent(PermissionError(13, "Permission denied"))
    assert "uid 4321" in caplog.text
    assert f"--allow-uid {os.geteuid()}" in caplog.text


def test_a_path_that_is_too_long_is_named(caplog: pytest.LogCaptureFixture) -> None:
    session = started("/tmp/" + "x" * 200)
    until(lambda: "107 bytes" in caplog.text)
    session.close()


def test_a_socket_where_nobody_speaks(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """As with a stopped sidecar: connections are accepted, nothing is said."""
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "sidecar.sock"))
        silent.listen()
        session = started(tmp_path / "sidecar.sock")
        until(lambda: "ETIMEDOUT" in caplog.text)
        session.close()


def test_default_socket_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MOONPOOL_SOCKET", raising=False)
    assert default_socket_path() == f"/tmp/moonpool-{os.getuid()}/sidecar.sock"
    monkeypatch.setenv("MOONPOOL_SOCKET", "/run/mine.sock")
    assert default_socket_path() == "/run/mine.sock"


def sleeper(tmp_path: Path) -> str:
    """A command that notes its arguments and stays."""
    script = tmp_path / "moonpool command.py"
    script.write_text(
        "import os, sys, time\n"
        f"open({str(tmp_path / 'started')!r}, 'a').write(f'{{os.getpid()}} {{sys.argv[1:]}}\\n')\n"
        "time.sleep(60)\n"
    )
    return f"{sys.executable} '{script}'"


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def pids(tmp_path: Path) -> list[int]:
    note = tmp_path / "started"
    return [int(line.split()[0]) for line in note.read_text().splitlines()] if note.exists() else []


def test_autostart_starts_one_for_all(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "new" / "sidecar.sock"
    command = sleeper(tmp_path)
    sessions = [started(path, autostart=True, command=command) for _ in range(3)]
    try:
        until(lambda: pids(tmp_path))
        time.sleep(0.5)
        assert len(pids(tmp_path)) == 1
        assert f"['sidecar', '--socket', '{path}']" in (tmp_path / "started").read_text()
        assert "started a sidecar" in caplog.text
        assert "no sidecar answers" not in caplog.text
        assert os.getsid(pids(tmp_path)[0]) != os.getsid(0), "detached"
        assert parent_of(pids(tmp_path)[0]) != os.getpid(), "no child: vLLM kills its descendants"
        with open(f"{path}.autostart", "r+b") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        for pid in pids(tmp_path):
            os.kill(pid, signal.SIGKILL)
        for session in sessions:
            session.close()


def test_autostart_by_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOONPOOL_AUTOSTART", "1")
    monkeypatch.setenv("MOONPOOL_COMMAND", sleeper(tmp_path))
    session = started(tmp_path / "sidecar.sock")
    try:
        until(lambda: pids(tmp_path))
    finally:
        for pid in pids(tmp_path):
            os.kill(pid, signal.SIGKILL)
        session.close()


def test_autostart_without_a_command_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MOONPOOL_COMMAND", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    line = Autostart(str(tmp_path / "sidecar.sock"), None).start()
    assert line is not None
    assert "MOONPOOL_COMMAND" in line


def test_autostart_that_fails_says_why(tmp_path: Path) -> None:
    starter = Autostart(str(tmp_path / "sidecar.sock"), "/nowhere/moonpool")
    line = starter.start()
    assert line is not None
    assert "/nowhere/moonpool" in line
    assert starter.start() is None, "once a minute"
