# SPDX-License-Identifier: Apache-2.0
"""The attach thread: one daemon thread a session, which alone talks gRPC, maps files and watches
the sidecar live.

It hands what it knows to the thread that uses the session by replacing `Link.state`, one immutable
object; nobody waits for it, and it waits for nobody's hook.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
import time
import weakref
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol

from moonpool.client import autostart as autostarting
from moonpool.client.attachment import Attachment, LinkState, Resume
from moonpool.client.handshake import Absent, Handshake, Refused, probe, ready_channel
from moonpool.client.notices import Log, Notices
from moonpool.client.spec import AttachSpec
from moonpool.protocol import control
from moonpool.protocol.descriptors import DescriptorRefusal, close_all
from moonpool.protocol.machine import require_supported_machine
from moonpool.protocol.session_file import SessionFile

BACKOFF_MIN_SECONDS: Final = 0.1
BACKOFF_MAX_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 0.1
STANDING_SECONDS: Final = 0.3
_DETACH_SECONDS: Final = 0.5


class CopiesRunning(Exception):
    """Not now: a copy of this process runs."""


class Owner(Protocol):
    """The session class behind a link. Its methods run on the attach thread."""

    def attaching(self) -> AbstractContextManager[Resume]:
        """From the request to the end of the handshake. Raises `CopiesRunning` when that can't be
        now.
        """

    def ready(self, attachment: Attachment) -> None:
        """Inside `attaching`: the handshake is complete."""

    def background(self) -> bool:
        """One bounded piece of work between two looks; True when there is more."""


_LINKS: Final[weakref.WeakSet[Link]] = weakref.WeakSet()


def _disown() -> None:
    """In a child of fork: rings, locks and threads are its parent's."""
    for link in _LINKS:
        link.foreign = True


os.register_at_fork(after_in_child=_disown)


class Link:
    """Keeps one process attached, for as long as it lives. `foreign` until it is started, and in a
    child of fork.
    """

    def __init__(
        self,
        owner: Owner,
        spec: AttachSpec,
        socket_path: str,
        log: Log,
        *,
        autostart: bool,
        command: str | None,
    ) -> None:
        require_supported_machine()
        self.state = LinkState()
        self.absent_total = 0
        self.refused_total = 0
        self.attaches_total = 0
        self._owner = owner
        self._handshake = Handshake(spec, socket_path)
        self._socket_path = socket_path
        self._notices = Notices(log, socket_path)
        self._autostart = (
            autostarting.Autostart(socket_path, command) if autostarting.wanted(autostart) else None
        )
        self._wake = threading.Event()
        self._closed = False
        self._end_reason: str | None = None
        self._thread: threading.Thread | None = None
        # A plain attribute, as every call of the session asks.
        self.foreign = True
        _LINKS.add(self)

    def start(self) -> None:
        """Starts the thread; a second call does nothing."""
        if self._thread is not None:
            return
        self.foreign = False
        self._thread = threading.Thread(target=self._run, name="moonpool-attach", daemon=True)
        self._thread.start()

    def end(self, attachment: Attachment, reason: str) -> None:
        """From the session's thread: this attachment is no good, attach again."""
        if self.state.attachment is attachment:
            self._end_reason = reason
            self._wake.set()

    def counters(self) -> dict[str, int]:
        return {
            "sidecar_absent_total": self.absent_total,
            "sidecar_refused_total": self.refused_total,
            "attaches_total": self.attaches_total,
        }

    def close(self) -> None:
        """Ends the session in good order; waits for that a moment at most."""
        self._closed = True
        self._wake.set()
        if self._thread is not None and not self.foreign:
            self._thread.join(_DETACH_SECONDS)

    def _run(self) -> None:
        delay = BACKOFF_MIN_SECONDS
        while not self._closed:
            began = time.monotonic()
            try:
                self._session()
            except CopiesRunning:
                delay = BACKOFF_MIN_SECONDS
            except (
                Exception
            ) as error:  # the edge of the thread: whatever it was, the engine goes on
                self._report(error)
            if time.monotonic() - began > BACKOFF_MAX_SECONDS:
                delay = BACKOFF_MIN_SECONDS
            self._pause(delay)
            delay = min(2 * delay, BACKOFF_MAX_SECONDS)

    def _session(self) -> None:
        """Attaches once and stays until that session ends."""
        probe(self._socket_path)
        with contextlib.closing(ready_channel(self._socket_path)) as channel:
            stub = control.ControlStub(channel)
            attachment = self._attach(stub)
            reason = self._supervise(stub, attachment)
            self.state = LinkState(attachment)
            if self._closed:
                self._detach(stub, attachment)
            else:
                self._notices.lost(reason)

    def _attach(self, stub: control.ControlStub) -> Attachment:
        before = self.state.attachment
        with self._owner.attaching() as resume:
            attachment = self._handshake.attach(stub, resume, before.arena if before else None)
            self._owner.ready(attachment)
        self._end_reason = None
        self.attaches_total += 1
        self.state = LinkState(attachment, connected=True, beating=True)
        if before is not None:
            # Only now: until the new session stood, the old lock was the proof that this process
            # lives.
            close_all([before.lock_descriptor])
        for line in self._handshake.warnings:
            self._notices.say(line)
        self._notices.attached(attachment.session_id, attachment.epoch)
        return attachment

    def _supervise(self, stub: control.ControlStub, attachment: Attachment) -> str:
        """Looks after the session until it ends; the reason."""
        request = control.message_class("WatchRequest")(session_id=attachment.session_id)
        watch = stub.watch(request)
        follower = threading.Thread(
            target=self._follow, args=(watch, attachment), name="moonpool-watch", daemon=True
        )
        follower.start()
        heart = Heart(attachment.session)
        while self._end_reason is None and not self._closed:
            busy = self._owner.background()
            beating = heart.look(time.monotonic())
            if beating != self.state.beating:
                self.state = LinkState(attachment, connected=True, beating=beating)
            if not busy:
                self._wake.wait(LOOK_SECONDS)
            self._wake.clear()
        watch.cancel()
        return self._end_reason or "closed"

    def _follow(self, watch: Any, attachment: Attachment) -> None:
        """Reads the watch stream, for its end."""
        reason = "the watch stream ended"
        try:
            for _ in watch:
                pass
        except Exception as error:  # gRPC's own; any of them is the end of the stream
            code = getattr(error, "code", None)
            reason = f"the watch stream ended: {code() if callable(code) else error!r}"
        self.end(attachment, reason)

    def _detach(self, stub: control.ControlStub, attachment: Attachment) -> None:
        # Without it the fall of the lock says the same, later.
        with contextlib.suppress(Exception), self._owner.attaching():
            request = control.message_class("DetachRequest")(session_id=attachment.session_id)
            stub.detach(request, timeout=_DETACH_SECONDS)

    def _pause(self, seconds: float) -> None:
        if not self._closed:
            self._wake.wait(seconds)
        self._wake.clear()

    def _report(self, error: Exception) -> None:
        if isinstance(error, Absent):
            self.absent_total += 1
            self._start_one(error)
        elif isinstance(error, (Refused, DescriptorRefusal)):
            self.refused_total += 1
            self._notices.refused(str(error))
        else:
            self._notices.broken(error)

    def _start_one(self, error: Absent) -> None:
        starter = self._autostart
        if starter is not None and error.errno in (errno.ENOENT, errno.ECONNREFUSED):
            line = starter.start()
            if line is not None:
                self._notices.say(line)
        if starter is None or not starter.starting:
            self._notices.absent(error)


class Heart:
    """The sidecar's heartbeat as one looker sees it. Time in which nobody looked is no evidence."""

    def __init__(self, session: SessionFile) -> None:
        self._session = session
        self._value = session.heartbeat()
        self._looked = time.monotonic()
        self._silent_seconds = 0.0

    def look(self, now: float) -> bool:
        """True while it moves."""
        value = self._session.heartbeat()
        self._silent_seconds += min(now - self._looked, 2 * LOOK_SECONDS)
        self._looked = now
        if value != self._value:
            self._value = value
            self._silent_seconds = 0.0
        return self._silent_seconds < STANDING_SECONDS
