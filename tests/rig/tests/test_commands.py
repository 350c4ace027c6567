"""Commands end by themselves or at their deadline, and failures carry the end of the log."""

from pathlib import Path

import pytest

from rig.commands import check_logged, run_logged
from rig.errors import RigError


def test_lines_reach_log_and_listener(tmp_path: Path) -> None:
    lines: list[str] = []
    assert run_logged(["echo", "hello"], tmp_path / "log", lines.append) == 0
    assert lines == ["hello"]
    assert (tmp_path / "log").read_text() == "hello\n"


def test_failure_shows_the_tail_of_the_log(tmp_path: Path) -> None:
    with pytest.raises(RigError, match=r"status 3.*\nthe reason"):
        check_logged(["sh", "-c", "echo the reason; exit 3"], tmp_path / "log", lambda _: None)


def test_a_command_over_its_deadline_is_killed_with_all_it_started(tmp_path: Path) -> None:
    log = tmp_path / "log"
    status = run_logged(["sh", "-c", "sleep 300 & sleep 300"], log, lambda _: None, timeout_s=0.2)
    assert status != 0
    assert "still running" in log.read_text()
