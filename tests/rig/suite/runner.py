"""Runs the groups one after the other and closes with what happened."""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rig import environment, faketime, hosts, models, preconditions, services
from rig.commands import tail
from rig.paths import LAUNCHER
from rig.progress import Progress
from rig.suite.context import SEED_VARIABLE, Context, log_folder, new_seed
from rig.suite.groups import GROUPS, Group, Run
from rig.suite.report import GroupResult, closing_lines, verdict
from rig.suite.results import Status

LOG_LINES_ON_FAILURE = 60


def main(arguments: list[str]) -> int:
    """`./moonpool test [--long] [GROUP ...]`"""
    options = _parse(arguments)
    groups = [group for group in GROUPS if group.name in (options.groups or _names())]
    context = _prepare(options.long)
    context.progress.say(f"seed {context.seed} (repeat with {SEED_VARIABLE}={context.seed})")
    for group in groups:
        context.progress.say(f"budget of {group.name}: {group.budget_s} s")
    results = [_run(group, context) for group in groups]
    problems = verdict(results, strict=os.environ.get("CI") == "true")
    sys.stderr.flush()
    print("\n".join(closing_lines(results, problems)), flush=True)
    return 1 if problems else 0


def _names() -> list[str]:
    return [group.name for group in GROUPS]


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="moonpool test", description=__doc__)
    parser.add_argument("--long", action="store_true", help="also what does not fit in CI")
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=", ".join(_names()))
    options = parser.parse_args(arguments)
    unknown = set(options.groups) - set(_names())
    if unknown:
        parser.error(f"unknown group {sorted(unknown)[0]}; choose from {', '.join(_names())}")
    return options


def _prepare(long: bool) -> Context:
    """Preconditions first, then everything the groups share."""
    progress = Progress()
    preconditions.check(environment.ready(environment.located()), hosts=True)
    hosts.prepare(progress)
    faketime.library(progress)
    made = environment.prepare(progress)
    home = subprocess.run([LAUNCHER, "java-home"], capture_output=True, text=True, check=True)
    logs = log_folder()
    logs.mkdir(parents=True, exist_ok=True)
    return Context(
        environment=made,
        java_home=Path(home.stdout.strip()),
        models=models.prepare(made, progress),
        logs=logs,
        progress=progress,
        long=long,
        seed=new_seed(),
        services=services.prepare(progress),
    )


def _run(group: Group, context: Context) -> GroupResult:
    """One group to its end; a failure shows the tail of its log at once."""
    began = time.monotonic()
    with context.progress.step(group.name) as step:
        run = Run(context, group.name, step, began + group.deadline_s(context.long))
        run.log.unlink(missing_ok=True)
        outcomes = group.run(run)
    result = GroupResult(group.name, group.budget_s, time.monotonic() - began, run.log, outcomes)
    if result.having(Status.FAILED):
        _show_failure(result, context)
    return result


def _show_failure(result: GroupResult, context: Context) -> None:
    names: Sequence[str] = [outcome.name for outcome in result.having(Status.FAILED)]
    context.progress.say(f"{result.name} failed: {', '.join(names)}; log {result.log} ends:")
    print(tail(result.log, LOG_LINES_ON_FAILURE), file=sys.stderr)
