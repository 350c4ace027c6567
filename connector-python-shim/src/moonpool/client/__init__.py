# SPDX-License-Identifier: Apache-2.0
"""Two sessions with the sidecar, one for each kind of process of an engine.

`scheduler.SchedulerSession` asks and promises, `worker.WorkerSession` copies. Neither blocks its
caller, and neither raises for what a sidecar does or fails to do.
"""

from __future__ import annotations

import os

SOCKET_ENVIRONMENT = "MOONPOOL_SOCKET"


def default_socket_path() -> str:
    """Where a sidecar of this user listens, unless `MOONPOOL_SOCKET` says otherwise."""
    given = os.environ.get(SOCKET_ENVIRONMENT)
    return given or f"/tmp/moonpool-{os.getuid()}/sidecar.sock"
