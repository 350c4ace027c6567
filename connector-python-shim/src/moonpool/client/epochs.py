# SPDX-License-Identifier: Apache-2.0
"""The session's epoch, and the barrier of a reset that is not confirmed (docs/spec/05-identity.md,
Epoch).
"""

from __future__ import annotations

import math
from typing import Final

from moonpool.client.attachment import Attachment

_ASK_AGAIN_SECONDS: Final = 1.0


class Epochs:
    """Owned by the session's thread; the attach thread reads `epoch`, `pending` and `serial`."""

    def __init__(self) -> None:
        self.epoch = 0
        self.pending = False
        self.serial = 0
        self.stale = False
        self._job = 0
        self._asked = 0
        self._again = 0.0

    @property
    def settled(self) -> bool:
        """Whether anything may be asked under `epoch`."""
        return not self.pending and not self.stale

    def ask(self) -> None:
        """A reset is wanted: the barrier stands from here until the sidecar confirms one that began
        after.
        """
        # Pending first: the attach thread that sees the new serial must see that it is pending.
        self.pending = True
        self.serial += 1
        self._again = 0.0

    def due(self, now: float) -> bool:
        """Whether to send `Reset` now: an answer may have been dropped for want of room."""
        return self.pending and now >= self._again

    def sent(self, job: int, now: float) -> None:
        self._job = job
        self._asked = self.epoch
        self._again = now + _ASK_AGAIN_SECONDS

    def done(self, job: int, epoch: int) -> None:
        """The sidecar's `ResetDone`."""
        before = self.epoch
        self.epoch = max(before, epoch)
        if not self.pending:
            return
        if job == self._job and self._asked == before:
            self.pending = self.stale = False
        else:
            # It speaks of an earlier question: what was saved since then is still there. Ask again.
            self._again = 0.0

    def overtaken(self, asked: int) -> bool:
        """An answer STALE_EPOCH. True when it is news: another engine reset the namespace."""
        if asked != self.epoch or not self.settled:
            return False
        self.stale = True
        return True

    def adopt(self, attachment: Attachment) -> bool:
        """The epoch of a new attachment. True when another engine reset the namespace meanwhile."""
        resume = attachment.resume
        if resume.reset_pending and resume.reset_serial == self.serial:
            self.pending = self.stale = False
        elif self.epoch and attachment.epoch > self.epoch and not self.pending:
            self.stale = True
            return True
        self.epoch = attachment.epoch
        self._again = 0.0
        return False

    def detached(self) -> None:
        """No sidecar to ask."""
        self._again = math.inf
