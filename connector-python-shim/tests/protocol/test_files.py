# SPDX-License-Identifier: Apache-2.0
"""The shared files as a client reads them, mapped for real."""

from __future__ import annotations

import fcntl
import gc
import os
import platform
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from moonpool.protocol import layout, machine, mapping
from moonpool.protocol.doorbell import CompletionDoorbell, RequestDoorbell
from moonpool.protocol.headers import HeaderTable
from moonpool.protocol.session_file import SessionFile

SLABS, PER_SLAB = 3, 4


@pytest.fixture
def descriptor(tmp_path: Path) -> Iterator[int]:
    opened = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT, 0o600)
    os.ftruncate(opened, 1 << 20)
    yield opened
    os.close(opened)


def header_page(magic: bytes = layout.Headers.MAGIC, slabs: int = SLABS) -> bytes:
    fields = (magic, 1, 256, b"b" * 16, 7, slabs, PER_SLAB * 4096, PER_SLAB, 1)
    return struct.pack("<8sII16sIIQII", *fields)


def test_header_words_follow_the_file(descriptor: int) -> None:
    view = mapping.shared_view(descriptor, 1 << 20, writable=True)
    view[: len(header_page())] = header_page()
    table = HeaderTable(mapping.shared_view(descriptor, 1 << 20, writable=False))
    slots = np.array([0, 5, 11], dtype=np.uint32)
    assert table.words(slots).tolist() == [0, 0, 0]
    start = layout.Headers.offset(SLABS)
    struct.pack_into("<Q", view, start + 5 * 256, 77 << 8 | layout.SlotState.COMMITTED)
    struct.pack_into("<Q", view, start + 11 * 256, 2**64 - 1)
    assert table.words(slots).tolist() == [0, 77 << 8 | 2, 2**64 - 1]


def test_a_slot_beyond_the_table_has_no_word(descriptor: int) -> None:
    view = mapping.shared_view(descriptor, 1 << 20, writable=True)
    view[: len(header_page())] = header_page()
    struct.pack_into("<Q", view, layout.Headers.offset(SLABS), 258)
    table = HeaderTable(view)
    slots = np.array([0, 12, 2**32 - 1], dtype=np.uint32)
    assert table.words(slots).tolist() == [258, 0, 0]
    assert table.words(np.array([], dtype=np.uint32)).tolist() == []


def test_a_header_table_that_lies_is_refused(descriptor: int) -> None:
    view = mapping.shared_view(descriptor, 1 << 20, writable=True)
    view[: len(header_page())] = header_page(magic=b"MPHEADR9")
    with pytest.raises(ValueError, match="MPHEADR9"):
        HeaderTable(view)
    view[: len(header_page())] = header_page(slabs=1 << 20)
    with pytest.raises(ValueError, match="longer than its file"):
        HeaderTable(view)


def session_page(
    cells: tuple[int, int] = (4096, 4), requests: tuple[int, int] = (8192, 1024)
) -> bytes:
    return struct.pack(
        "<8sIIQIIIIII16s", b"MPSESS01", 1, 1, 99, *requests, 16384, 2048, *cells, b"i" * 16
    )


def test_session_file_fields(descriptor: int) -> None:
    view = mapping.shared_view(descriptor, 1 << 20, writable=True)
    view[: len(session_page())] = session_page()
    session = SessionFile(view)
    assert (session.session_id, session.role, session.boot_id) == (99, 1, b"i" * 16)
    assert session.requests().nbytes == 1024 + 768
    assert session.completions().nbytes == 2048 + 768
    struct.pack_into("<Q", view, 192, 5)
    assert session.heartbeat() == 5
    struct.pack_into("<QQ", view, 4096 + 64 * 3, 42, 1 << 32 | 17)
    assert session.mark(3, 42) == 1 << 32 | 17
    assert session.mark(3, 41) is None
    assert session.mark(4, 42) is None


@pytest.mark.parametrize(
    ("page", "complaint"),
    [
        (b"MPSESS02" + session_page()[8:], "not a session file"),
        (session_page(cells=(4096, 60000)), "lease cells outside"),
        (session_page(cells=(4100, 4)), "lease cells outside"),
    ],
)
def test_a_session_file_that_lies_is_refused(descriptor: int, page: bytes, complaint: str) -> None:
    view = mapping.shared_view(descriptor, 1 << 20, writable=True)
    view[: len(page)] = page
    with pytest.raises(ValueError, match=complaint):
        SessionFile(view)


@pytest.mark.parametrize("ring", [(8192, 1 << 20), (2**32 - 8, 1024), (8193, 1024), (8192, 0)])
def test_a_ring_outside_the_file_is_refused(descriptor: int, ring: tuple[int, int]) -> None:
    view = mapping.shared_view(descriptor, 1 << 20, writable=True)
    page = session_page(requests=ring)
    view[: len(page)] = page
    with pytest.raises(ValueError, match="requestRing outside"):
        SessionFile(view).requests()


def test_a_mapping_keeps_the_record_lock_and_dies_with_its_last_view(descriptor: int) -> None:
    """Python's own mmap would drop the lock when it goes."""
    fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    before = Path("/proc/self/maps").read_text().count("/file")
    view = mapping.shared_view(descriptor, 1 << 20, writable=True)
    part = view[4096:8192].cast("Q")
    assert Path("/proc/self/maps").read_text().count("/file") == before + 1
    del view
    gc.collect()
    part[0] = 3
    del part
    gc.collect()
    assert Path("/proc/self/maps").read_text().count("/file") == before
    path = os.readlink(f"/proc/self/fd/{descriptor}")
    probe = (
        "import fcntl,os,sys\n"
        "fcntl.lockf(os.open(sys.argv[1], os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    )
    other = subprocess.run([sys.executable, "-c", probe, path], capture_output=True, check=False)
    assert b"BlockingIOError" in other.stderr


def test_a_file_shorter_than_said_is_refused(descriptor: int) -> None:
    with pytest.raises(ValueError, match="shorter"):
        mapping.shared_view(descriptor, (1 << 20) + 1, writable=True)


def test_populate_and_touch(descriptor: int) -> None:
    address = mapping.map_address(descriptor, 1 << 20, writable=True)
    assert isinstance(mapping.populate(address, 1 << 20, writable=True), bool)
    mapping.touch(address, 1 << 20)
    mapping.unmap_address(address, 1 << 20)


def test_the_completion_doorbell_wakes_a_sleeper(descriptor: int) -> None:
    view = mapping.shared_view(descriptor, 1 << 20, writable=True)
    asleep = CompletionDoorbell(view)
    value = asleep.read()
    began = time.monotonic()
    asleep.wait(value + 1, 5.0)
    assert time.monotonic() - began < 1.0, "another value: no sleep"
    # The sidecar's ring is a store and a wake at offset 128; a request doorbell of the same
    # word makes both.
    shifted = bytearray(8)
    shifted[:] = layout.Doorbell.MAGIC
    view[128 + 64 : 128 + 72] = bytes(shifted)
    bell = RequestDoorbell(view[128 : 128 + 4096], tag=9)
    woken = threading.Event()

    def sleep() -> None:
        asleep.wait(value, 10.0)
        woken.set()

    sleeper = threading.Thread(target=sleep)
    sleeper.start()
    time.sleep(0.05)
    bell.ring()
    assert woken.wait(5.0)
    sleeper.join()
    assert asleep.read() == 1 << 8 | 9


def test_request_doorbell_never_repeats_lately(descriptor: int) -> None:
    view = mapping.shared_view(descriptor, 4096, writable=True)
    view[64:72] = layout.Doorbell.MAGIC
    bell = RequestDoorbell(view, tag=255)
    seen = set()
    for _ in range(1000):
        bell.ring()
        seen.add(view.cast("I")[0])
    assert len(seen) == 1000
    assert all(value & 0xFF == 255 for value in seen)


def test_other_machines_are_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(machine.UnsupportedMachine, match="machine=aarch64") as refusal:
        machine.require_supported_machine()
    assert "\n" not in str(refusal.value)


def test_entry_dtype_is_the_specs() -> None:
    assert layout.ENTRY.itemsize == layout.ENTRY_BYTES
    fields = {name: layout.ENTRY.fields[name][1] for name in layout.ENTRY.names or ()}  # type: ignore[index]
    assert fields == {"offset": 0, "word": 8, "slot": 16, "bytes": 20}
