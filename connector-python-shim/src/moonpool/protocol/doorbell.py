# SPDX-License-Identifier: Apache-2.0
"""Futexes in shared memory (docs/spec/02-rings.md, Doorbells).

A wake-up goes through `PyDLL`, which keeps the interpreter lock: it never blocks, and giving the
lock away would cost more than the call. A wait goes through `CDLL`, which gives it away.
"""

from __future__ import annotations

import ctypes
from typing import Final

from moonpool.protocol import layout

_SYSCALL_FUTEX: Final = 202  # x86-64, see machine.py
_FUTEX_WAIT: Final = 0  # the shared forms: no FUTEX_PRIVATE_FLAG
_FUTEX_WAKE: Final = 1
_COUNTER_MASK: Final = (1 << 24) - 1

_wake = ctypes.PyDLL(None).syscall
_wake.argtypes = [ctypes.c_long, ctypes.c_void_p, ctypes.c_int, ctypes.c_int]
_wake.restype = ctypes.c_long
_wait = ctypes.CDLL(None).syscall
_wait.restype = ctypes.c_long


class _Timespec(ctypes.Structure):
    _fields_ = [("tv_sec", ctypes.c_long), ("tv_nsec", ctypes.c_long)]


_wait.argtypes = [
    ctypes.c_long,
    ctypes.c_void_p,
    ctypes.c_int,
    ctypes.c_uint32,
    ctypes.POINTER(_Timespec),
]


def address_of(view: memoryview) -> int:
    """The address of a writable view."""
    return ctypes.addressof(ctypes.c_ubyte.from_buffer(view))


class RequestDoorbell:
    """Wakes the sidecar. One writer: the thread that writes the session's request ring."""

    def __init__(self, file: memoryview, tag: int) -> None:
        magic = bytes(file[layout.Doorbell.MAGIC_OFFSET : layout.Doorbell.MAGIC_OFFSET + 8])
        if magic != layout.Doorbell.MAGIC:
            raise ValueError(f"not a doorbell file: magic={magic!r}")
        if not 0 <= tag <= 0xFF:
            raise ValueError(f"doorbell_tag out of range: doorbell_tag={tag}, at most 255")
        self._words = file[:64].cast("I")
        self._address = ctypes.c_void_p(address_of(file))
        self._tag = tag
        self._counter = 0

    def ring(self) -> None:
        """SYNC POINT: a reader that sees the new value sees all records published before."""
        self._counter = (self._counter + 1) & _COUNTER_MASK
        self._words[0] = self._counter << 8 | self._tag
        _wake(_SYSCALL_FUTEX, self._address, _FUTEX_WAKE, 1)


class CompletionDoorbell:
    """Where a client sleeps for answers. One sleeper."""

    def __init__(self, session_file: memoryview) -> None:
        offset = layout.Session.COMPLETION_DOORBELL
        word = session_file[offset : offset + 4]
        self._words = word.cast("I")
        self._address = ctypes.c_void_p(address_of(word))

    def read(self) -> int:
        """The value to wait for; read it, poll once more, and only then wait."""
        return self._words[0]

    def wait(self, value: int, seconds: float) -> None:
        """Sleeps while the doorbell shows `value`, at most so long; may wake for nothing."""
        nanoseconds = max(0, int(seconds * 1e9))
        limit = _Timespec(nanoseconds // 1_000_000_000, nanoseconds % 1_000_000_000)
        _wait(_SYSCALL_FUTEX, self._address, _FUTEX_WAIT, value, ctypes.byref(limit))
