# SPDX-License-Identifier: Apache-2.0
"""Stops asking a sidecar that does not answer in time, until it answers again."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from moonpool.client.jobs import Question

_PING_SECONDS: Final = 0.05


class Breaker:
    """Opens on a question past its deadline, closes on any answer. The session's thread owns it."""

    def __init__(self) -> None:
        self.open = False
        self.opened_total = 0
        self._next_ping = 0.0

    def answered(self) -> None:
        self.open = False

    def look(self, questions: Iterable[Question], now: float) -> None:
        """Call it after the answers that are there were taken; questions in the order in which they
        were asked.
        """
        for question in questions:
            if question.deadline == math.inf:
                continue  # it has opened the breaker once, that is enough
            if now <= question.deadline:
                return
            question.deadline = math.inf
            self.open = True
            self.opened_total += 1

    def ping_due(self, now: float) -> bool:
        """Whether to ask for a sign of life."""
        if not self.open or now < self._next_ping:
            return False
        self._next_ping = now + _PING_SECONDS
        return True
