"""What the rig reports to people: one line that names the problem and its cure."""


class RigError(Exception):
    """A failure that is told without a traceback."""


class PreconditionError(RigError):
    """The machine lacks something that the rig does not install by itself."""


class DeadlineError(RigError):
    """Something did not answer in time."""
