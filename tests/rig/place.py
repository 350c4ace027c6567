"""Where a process runs: on this machine as it is, or on a host of a network of our own
(hosts.py).
"""

import urllib.request
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

Seen = TypeVar("Seen")

# Our own processes are not behind the proxy that a machine may have for the world.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Place(Protocol):
    """A machine, as far as its network goes."""

    @property
    def address(self) -> str:
        """The address at which the place's own processes and its neighbours reach it."""

    def command(self, command: Sequence[str]) -> list[str]:
        """What to start so that this command runs there."""

    def within(self, action: Callable[[], Seen]) -> Seen:
        """Do it from here with the place's network: sockets made meanwhile are the place's."""


class ThisMachine:
    """The network that we have anyway."""

    address = "127.0.0.1"

    def command(self, command: Sequence[str]) -> list[str]:
        return list(command)

    def within(self, action: Callable[[], Seen]) -> Seen:
        return action()


HERE = ThisMachine()
