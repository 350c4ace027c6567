"""`python3 -m rig COMMAND`: what ./moonpool runs in Python."""

import sys

from rig import bench, demo, environment, models, preconditions
from rig.errors import PreconditionError, RigError
from rig.progress import Progress
from rig.suite import runner


def _environment(arguments: list[str]) -> int:
    """Make environment and models, print the environment's Python; --mooncake also makes the real
    Mooncake.
    """
    progress = Progress()
    preconditions.check(environment.ready(environment.located()))
    made = environment.prepare(progress)
    models.prepare(made, progress)
    print(made.python)
    if "--mooncake" in arguments:
        print(environment.prepare_mooncake(progress))
    return 0


COMMANDS = {
    "bench": bench.main,
    "environment": _environment,
    "demo": demo.main,
    "test": runner.main,
}


def main() -> int:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command not in COMMANDS:
        print(f"rig: unknown command {command!r}; one of {', '.join(COMMANDS)}", file=sys.stderr)
        return 2
    try:
        return COMMANDS[command](sys.argv[2:])
    except PreconditionError as error:
        print(error, file=sys.stderr)
        return 2
    except RigError as error:
        print(f"moonpool {command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"moonpool {command}: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
