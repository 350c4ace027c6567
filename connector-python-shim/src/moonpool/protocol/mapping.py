# SPDX-License-Identifier: Apache-2.0
"""Shared mappings by the C library's own mmap.

Python's `mmap` keeps a duplicate of the descriptor and closes it with the map; POSIX drops a
process's record lock when *any* descriptor of the file is closed, so a session file must never be
mapped that way. It also can't tell an address.
"""

from __future__ import annotations

import ctypes
import errno
import os
import weakref
from typing import Any

_LIBC = ctypes.CDLL(None, use_errno=True)
_MMAP = _LIBC.mmap
_MMAP.restype = ctypes.c_void_p
_MMAP.argtypes = [
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_long,
]
_MUNMAP = _LIBC.munmap
_MUNMAP.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
_MADVISE = _LIBC.madvise
_MADVISE.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]

_PROT_READ = 1
_PROT_WRITE = 2
_MAP_SHARED = 1
_MAP_FAILED = ctypes.c_void_p(-1).value
_MADV_POPULATE_READ = 22
_MADV_POPULATE_WRITE = 23


def map_address(descriptor: int, nbytes: int, *, writable: bool) -> int:
    """Maps the first `nbytes` of the file, shared, and returns the address."""
    size = os.fstat(descriptor).st_size
    if not 0 < nbytes <= size:
        raise ValueError(f"file shorter than its description: bytes={nbytes}, file={size}")
    protection = _PROT_READ | (_PROT_WRITE if writable else 0)
    address = _MMAP(None, nbytes, protection, _MAP_SHARED, descriptor, 0)
    if address is None or address == _MAP_FAILED:
        code = ctypes.get_errno()
        raise OSError(code, f"mmap of {nbytes} bytes: {os.strerror(code)}")
    return int(address)


def unmap_address(address: int, nbytes: int) -> None:
    """The caller knows that nobody uses these addresses any more."""
    _MUNMAP(address, nbytes)


def populate(address: int, nbytes: int, *, writable: bool) -> bool:
    """Makes the page table entries of a range, so that no copy pays for them. False where the
    kernel can't (< 5.14).
    """
    advice = _MADV_POPULATE_WRITE if writable else _MADV_POPULATE_READ
    if _MADVISE(address, nbytes, advice) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS):
        return False
    raise OSError(code, f"madvise of {nbytes} bytes: {os.strerror(code)}")


def touch(address: int, nbytes: int, page_bytes: int = 4096) -> None:
    """What `populate` does, by reading one byte a page: for old kernels."""
    view = memoryview((ctypes.c_ubyte * nbytes).from_address(address)).cast("B")
    bytes(view[::page_bytes])


def shared_view(descriptor: int, nbytes: int, *, writable: bool) -> memoryview:
    """Maps a small file as bytes; the mapping lives exactly as long as any view of it."""
    address = map_address(descriptor, nbytes, writable=writable)
    # A class of our own, because an instance of it can be watched by a finalizer.
    mapped: Any = type("Mapped", (ctypes.c_ubyte * nbytes,), {})
    holder = mapped.from_address(address)
    # No unmapping at interpreter exit: daemon threads may look at it to the end.
    weakref.finalize(holder, unmap_address, address, nbytes).atexit = False
    view = memoryview(holder).cast("B")
    return view if writable else view.toreadonly()
