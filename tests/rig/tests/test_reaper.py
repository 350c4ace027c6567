"""Children and folders never outlive their owner, however it dies."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rig.reaper import Reaper

OWNER = """
import sys, time
from pathlib import Path
from rig.reaper import Reaper
reaper = Reaper.shared()
child = reaper.start(["sh", "-c", "sleep 300 & echo $! ; wait"], stdout=open(sys.argv[1], "w"))
with reaper.folder("moonpool-test-", Path(sys.argv[2])) as folder:
    print(child.pid, folder, flush=True)
    time.sleep(300)
"""


def _eventually(holds: Callable[[], bool], timeout_s: float = 20.0) -> bool:
    deadline = time.monotonic() + timeout_s
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def _gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_children_grandchildren_and_folders_end_with_a_killed_owner(tmp_path: Path) -> None:
    grandchild_file = tmp_path / "grandchild"
    command = [sys.executable, "-c", OWNER, str(grandchild_file), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        child, folder = owner.stdout.readline().split()
        assert _eventually(lambda: grandchild_file.exists() and grandchild_file.read_text() != "")
        grandchild = int(grandchild_file.read_text())
        assert not _gone(int(child))
        assert not _gone(grandchild)
        os.kill(owner.pid, signal.SIGKILL)
    assert _eventually(lambda: _gone(int(child)))
    assert _eventually(lambda: _gone(grandchild))
    assert _eventually(lambda: not Path(folder).exists())


def test_ending_a_child_kills_its_whole_group_once() -> None:
    reaper = Reaper.shared()
    process = reaper.start(["sleep", "300"])
    reaper.end(process)
    reaper.end(process)
    assert process.returncode == -signal.SIGKILL
