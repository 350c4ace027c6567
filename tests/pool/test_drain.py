"""A member is drained: what it had is elsewhere, and was known to be at every moment."""

import json
import subprocess

from e2e.admin import wait_until
from rig.paths import LAUNCHER

from pool.client import chain, hits
from pool.conftest import Clients
from pool.members import Member, Pool

CHAINS = 100
DRAIN_S = 60.0


def test_what_is_drained_is_let_go_when_the_directory_knows_the_copy(
    pool: Pool, a: Member, c: Member, clients: Clients
) -> None:
    """The master counts what a member drops before anybody else has it: nothing."""
    on_a, on_c = clients(a), clients(c)
    chains = [chain(f"drained/{i}", 4) for i in range(CHAINS)]
    assert [on_a.save(keys) for keys in chains] == [4] * CHAINS
    for keys in chains:
        pool.owned_by(keys, 1)
    name = member_name(pool, a)
    try:
        job = json.loads(pool.master.send("POST", "/api/v1/drain_jobs", order(name)))["job_id"]
        query = f"/api/v1/drain_jobs/query?job_id={job}"
        wait_until(
            lambda: json.loads(pool.master.get(query))["status_name"] == "SUCCEEDED",
            "the member is drained",
            DRAIN_S,
        )
        assert json.loads(pool.master.get(query))["failed_units"] == 0
        for keys in chains:
            hits(on_c, keys)
    finally:
        fill_again(pool, name)


def order(name: str) -> str:
    return json.dumps({"segments": [name], "target_segments": []})


def member_name(pool: Pool, member: Member) -> str:
    """What the directory calls it: its address and a port."""
    names = pool.master.get("/get_all_segments").split()
    return next(name for name in names if name.startswith(f"{member.host.address}:"))


def fill_again(pool: Pool, name: str) -> None:
    """It has been drained, and may be given blocks again."""
    command = [str(LAUNCHER), "drain", "--cancel", "--master", pool.master.rpc, name]
    subprocess.run(pool.master.spec.place.command(command), check=True)
