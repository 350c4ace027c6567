// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.headers;

import static io.moonpool.shm.layout.HeaderTableDescriptor.ARENA_COUNT_MAX;
import static io.moonpool.shm.layout.HeaderTableDescriptor.ARENA_COUNT_OFFSET;
import static io.moonpool.shm.layout.HeaderTableDescriptor.ARENA_FILE_ID_OFFSET;
import static io.moonpool.shm.layout.HeaderTableDescriptor.ARENA_SLAB_COUNT_OFFSET;
import static io.moonpool.shm.layout.HeaderTableDescriptor.ARENA_SLAB_FIRST_OFFSET;
import static io.moonpool.shm.layout.HeaderTableDescriptor.ARENA_TENANT_BYTES;
import static io.moonpool.shm.layout.HeaderTableDescriptor.ARENA_TENANT_OFFSET;
import static io.moonpool.shm.layout.HeaderTableDescriptor.BOOT_COUNT_MAX;
import static io.moonpool.shm.layout.HeaderTableDescriptor.BOOT_COUNT_OFFSET;
import static io.moonpool.shm.layout.HeaderTableDescriptor.BOOT_ID_OFFSET;
import static io.moonpool.shm.layout.HeaderTableDescriptor.HEADERS_PER_SLAB_OFFSET;
import static io.moonpool.shm.layout.HeaderTableDescriptor.HEADER_BYTES_OFFSET;
import static io.moonpool.shm.layout.HeaderTableDescriptor.LAYOUT_VERSION_OFFSET;
import static io.moonpool.shm.layout.HeaderTableDescriptor.MAGIC;
import static io.moonpool.shm.layout.HeaderTableDescriptor.MAGIC_OFFSET;
import static io.moonpool.shm.layout.HeaderTableDescriptor.SLAB_BYTES_OFFSET;
import static io.moonpool.shm.layout.HeaderTableDescriptor.SLAB_COUNT_OFFSET;

import io.moonpool.shm.files.FileId;
import io.moonpool.shm.layout.HeaderTableDescriptor;
import io.moonpool.shm.layout.Layouts;
import io.moonpool.shm.layout.SlotHeaderDescriptor;
import io.moonpool.shm.memory.Ordered;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;

/**
 * The first page of a header table: its shape, its arenas, and which boot of which sidecar owns it.
 * Written at start, before any client has the file; control-plane code, free to allocate.
 */
public final class BootPage {
    private final MemorySegment file;

    public BootPage(MemorySegment file) {
        this.file = file;
    }

    /** Writes the shape of a new table. The magic comes last: a page that has it is whole. */
    public void format(int slabCount, long slabBytes) {
        long bytes = HeaderTableDescriptor.fileBytes(slabCount, slabBytes);
        if (bytes > file.byteSize()) {
            throw new IllegalArgumentException(
                    "header table doesn't fit its file: bytes="
                            + bytes
                            + ", fileBytes="
                            + file.byteSize());
        }
        Ordered.intPlain(file, LAYOUT_VERSION_OFFSET, Layouts.LAYOUT_VERSION);
        Ordered.intPlain(file, HEADER_BYTES_OFFSET, SlotHeaderDescriptor.BYTES);
        Ordered.intPlain(file, SLAB_COUNT_OFFSET, slabCount);
        Ordered.longPlain(file, SLAB_BYTES_OFFSET, slabBytes);
        Ordered.intPlain(
                file, HEADERS_PER_SLAB_OFFSET, HeaderTableDescriptor.headersPerSlab(slabBytes));
        Ordered.longRelease(file, MAGIC_OFFSET, MAGIC);
    }

    /**
     * True when an earlier life left a table of this layout and shape, whose slots may be adopted.
     */
    public boolean isAdoptable(int slabCount, long slabBytes) {
        return Ordered.longAcquire(file, MAGIC_OFFSET) == MAGIC
                && Ordered.intPlain(file, LAYOUT_VERSION_OFFSET) == Layouts.LAYOUT_VERSION
                && Ordered.intPlain(file, HEADER_BYTES_OFFSET) == SlotHeaderDescriptor.BYTES
                && slabCount() == slabCount
                && slabBytes() == slabBytes
                && Ordered.intPlain(file, HEADERS_PER_SLAB_OFFSET)
                        == HeaderTableDescriptor.headersPerSlab(slabBytes)
                && arenaCount() <= ARENA_COUNT_MAX
                && bootCount() < BOOT_COUNT_MAX;
    }

    /** Takes the table over: the next boot count, which no generation has used. Returns it. */
    public int beginBoot(UUID bootId) {
        int bootCount = bootCount() + 1;
        Ordered.intRelease(file, BOOT_COUNT_OFFSET, bootCount);
        MemorySegment.copy(
                BootIds.toBytes(bootId),
                0,
                file,
                ValueLayout.JAVA_BYTE,
                BOOT_ID_OFFSET,
                Layouts.ID_BYTES);
        return bootCount;
    }

    public UUID bootId() {
        return BootIds.of(
                file.asSlice(BOOT_ID_OFFSET, Layouts.ID_BYTES).toArray(ValueLayout.JAVA_BYTE));
    }

    public int bootCount() {
        return Ordered.intAcquire(file, BOOT_COUNT_OFFSET);
    }

    public int slabCount() {
        return Ordered.intPlain(file, SLAB_COUNT_OFFSET);
    }

    public long slabBytes() {
        return Ordered.longPlain(file, SLAB_BYTES_OFFSET);
    }

    public int arenaCount() {
        return Ordered.intPlain(file, ARENA_COUNT_OFFSET);
    }

    /** Appends an arena, whose slabs follow those of the arenas before it. */
    public void addArena(ArenaRecord arena) {
        int index = arenaCount();
        byte[] tenant = arena.tenant().getBytes(StandardCharsets.UTF_8);
        if (index == ARENA_COUNT_MAX || tenant.length > ARENA_TENANT_BYTES) {
            throw new IllegalArgumentException(
                    "at most "
                            + ARENA_COUNT_MAX
                            + " arenas, tenant names of at most "
                            + ARENA_TENANT_BYTES
                            + " bytes: arenaCount="
                            + index
                            + ", tenant="
                            + arena.tenant());
        }
        long record = HeaderTableDescriptor.arenaRecordOffset(index);
        byte[] padded = Arrays.copyOf(tenant, ARENA_TENANT_BYTES);
        copyIn(padded, record + ARENA_TENANT_OFFSET);
        Ordered.intPlain(file, record + ARENA_SLAB_FIRST_OFFSET, arena.slabFirst());
        Ordered.intPlain(file, record + ARENA_SLAB_COUNT_OFFSET, arena.slabCount());
        copyIn(arena.fileId().toBytes(), record + ARENA_FILE_ID_OFFSET);
        Ordered.intRelease(file, ARENA_COUNT_OFFSET, index + 1);
    }

    public ArenaRecord arena(int index) {
        long record = HeaderTableDescriptor.arenaRecordOffset(index);
        byte[] tenant = file.asSlice(record, ARENA_TENANT_BYTES).toArray(ValueLayout.JAVA_BYTE);
        int end = 0;
        while (end < tenant.length && tenant[end] != 0) {
            end++;
        }
        return new ArenaRecord(
                new String(tenant, 0, end, StandardCharsets.UTF_8),
                Ordered.intPlain(file, record + ARENA_SLAB_FIRST_OFFSET),
                Ordered.intPlain(file, record + ARENA_SLAB_COUNT_OFFSET),
                new FileId(
                        Ordered.longPlain(file, record + ARENA_FILE_ID_OFFSET),
                        Ordered.longPlain(file, record + ARENA_FILE_ID_OFFSET + Long.BYTES)));
    }

    private void copyIn(byte[] bytes, long offset) {
        MemorySegment.copy(bytes, 0, file, ValueLayout.JAVA_BYTE, offset, bytes.length);
    }
}
