"""One sidecar through its deaths and restarts, and what it holds."""

import time
from pathlib import Path
from typing import Any

import psutil
from rig.place import HERE, Place
from rig.sidecar import Sidecar, SidecarSpec

from e2e.admin import Admin, wait_until
from e2e.arena import ArenaReader

ATTACH_S = 60.0
REATTACH_S = 2.0


class Host:
    """A sidecar at one socket, with its files in one folder."""

    def __init__(
        self, folder: Path, log: Path, arena_bytes: int, *options: str, place: Place = HERE
    ) -> None:
        self.place = place
        self.sidecar = Sidecar(SidecarSpec(folder, arena_bytes, options, place=place), log)
        self.admin = Admin(self.socket)

    @property
    def running(self) -> bool:
        return self.sidecar.running

    @property
    def frozen(self) -> bool:
        return self.sidecar.frozen

    @property
    def socket(self) -> Path:
        return self.sidecar.spec.socket

    def start(self) -> None:
        self.sidecar.start()

    def kill(self) -> None:
        """SIGKILL; a later start finds the same files."""
        self.sidecar.kill()

    def freeze(self) -> None:
        self.sidecar.freeze()

    def thaw(self) -> None:
        self.sidecar.thaw()

    def restart(self) -> None:
        self.kill()
        self.start()

    def close(self) -> None:
        self.admin.close()
        self.kill()
        self.end_autostarted()

    def autostarted(self) -> list[psutil.Process]:
        """Sidecars at our socket that an engine started."""
        return [p for p in psutil.process_iter() if _is_sidecar_at(p, str(self.socket))]

    def end_autostarted(self) -> None:
        for process in self.autostarted():
            process.kill()

    def status(self) -> Any:
        return self.admin.status()

    def counters(self) -> dict[str, int]:
        return dict(self.status().counters)

    def arena(self, tenant: str = "default") -> ArenaReader:
        """Read anew each time: a sidecar that starts may have made new files."""
        path = next(a.path for a in self.status().arenas if a.tenant == tenant)
        return ArenaReader(Path(path), tenant)

    def attached(self, processes: int, timeout_s: float = ATTACH_S) -> float:
        """Wait until that many processes take part. Returns the seconds it took."""
        started = time.monotonic()
        wait_until(lambda: self.alive() == processes, f"{processes} sessions", timeout_s)
        return time.monotonic() - started

    def settled(self) -> None:
        """Wait until nobody holds a lease or saves: what was computed is visible, or never."""
        wait_until(self._is_settled, "no lease, no intent, nothing pinned or reserved")

    def saving(self) -> None:
        """Wait until somebody holds grants to copy into."""
        wait_until(self._is_saving, "a save in progress", poll_s=0.001)

    def _is_saving(self) -> bool:
        status = self.admin.status_now()
        return status is not None and any(arena.reserved_bytes for arena in status.arenas)

    def alive(self) -> int:
        """Processes that take part, of all engines."""
        status = self.admin.status_now()
        return sum(session.alive for session in status.sessions) if status else 0

    def _is_settled(self) -> bool:
        status = self.status()
        sessions = all(s.leases == 0 and s.intents == 0 for s in status.sessions)
        return sessions and all(
            a.pinned_bytes == 0 and a.reserved_bytes == 0 for a in status.arenas
        )


def _is_sidecar_at(process: psutil.Process, socket: str) -> bool:
    try:
        command = process.cmdline()
    except psutil.Error:
        return False
    return (
        bool(command)
        and Path(command[0]).name == "java"
        and "sidecar" in command
        and socket in command
    )
