# SPDX-License-Identifier: Apache-2.0
"""What one host has, read by another: hosts are network namespaces on this machine, joined by veth.

Reads: the question, the owner's answer, the transfer into this host's arena, the checksum of every
byte, and the lookup's answer to the client; beside the real Mooncake's get_into and batch_get_into
over TCP with its connection pool switched on, into a registered buffer, unchecked. New objects in
every round, read once by both, in turns.

Remote lookup: Locate of 250 blocks at the master, beside a gRPC unary call to a server there that
does nothing and carries as many bytes.

Drain: 512 MiB of 1 MiB blocks from one member to another and back, beside one plain connection
between the same hosts, while a third host reads 4 MiB of what is being moved 20 times a second.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pool.members import Pool, started
from rig.hosts import Network
from rig.master import Master, MasterSpec
from rig.sidecar import sidecar_folder

from side_by_side import drain, remote_lookup, remote_reads
from side_by_side.report import Report
from side_by_side.sessions import Bench

ARENA_BYTES = 3 << 30
READER_ARENA_BYTES = 256 << 20
SLAB_BYTES = 64 << 20
FAULT_IN_S = 60.0


def run(folder: Path, java: Path, mooncake: Path) -> Report:
    with _pool(folder) as pool:
        located = remote_lookup.measure(pool, java)
        read = remote_reads.measure(pool, mooncake, folder)
        drained = drain.measure(pool)
    return Report(
        "Another host's blocks",
        "./moonpool bench remote",
        [*read[0], *located[0], *drained[0]],
        [*read[1], *located[1], *drained[1]],
        [(__doc__ or "").strip(), drained[2]],
    )


@contextmanager
def _pool(folder: Path) -> Iterator[Pool]:
    """Members a and b of one size, and c, which gives nothing and keeps little."""
    with ExitStack() as stack:
        network = stack.enter_context(Network())
        files = stack.enter_context(sidecar_folder())
        spec = MasterSpec(files, place=network.host())
        master = stack.enter_context(Master(spec, folder / "master.log"))
        pool = Pool(network, files, folder, master, slab_bytes=SLAB_BYTES)
        stack.callback(pool.close)
        for name in ("a", "b"):
            pool.add(name, network.host(), ARENA_BYTES)
        pool.add("c", network.host(), READER_ARENA_BYTES, "--global-segment-size", "0")
        started(list(pool.members.values()))
        pool.joined(len(pool.members))
        for name in ("a", "b"):
            _fault_in(pool, name)
        yield pool


def _fault_in(pool: Pool, name: str) -> None:
    """Until every page of the arena is there: an arena that has been used for a while is whole."""
    member = pool.members[name]
    bench = Bench.attach(member.socket, 4096, "fault-in")
    path = member.sidecar.arena_path()
    deadline = time.monotonic() + FAULT_IN_S
    while path.stat().st_blocks * 512 < ARENA_BYTES and time.monotonic() < deadline:
        time.sleep(0.1)
    bench.close()
