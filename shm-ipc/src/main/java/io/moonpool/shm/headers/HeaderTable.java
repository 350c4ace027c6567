// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.headers;

import static io.moonpool.shm.layout.HeaderTableDescriptor.SLAB_STRIDE_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.COMMITTED;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.CORRUPT;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.CRC32C_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.FREE;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.PINNED_BY_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.RESERVED;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.WORD_OFFSET;

import io.moonpool.shm.layout.HeaderTableDescriptor;
import io.moonpool.shm.layout.SlotHeaderDescriptor;
import io.moonpool.shm.memory.Ordered;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * The headers of all slots, by slot number. One thread writes, any thread of any process reads.
 * Allocates nothing.
 *
 * <p>Order of the stores, which readers and the next sidecar after a crash rely on:
 *
 * <pre>
 *   reserve   body, pinnedBy, word (release)
 *   commit    crc32c, word (release)
 *   free      word (release) with the next generation, pinnedBy
 * </pre>
 *
 * <p>So a crash between two stores leaves either an unpublished reservation, whose word is still
 * FREE, or a pin too many, which quarantine resolves; never a slot that looks free while somebody
 * may write it.
 */
public final class HeaderTable {
    private final MemorySegment table;
    private final SlotFields fields;
    private final long headersOffset;
    private final int headersPerSlab;
    private final int slabCount;

    /**
     * A view of a formatted table; the shape comes from the caller's configuration, not from the
     * file.
     */
    public HeaderTable(MemorySegment file, int slabCount, long slabBytes) {
        this.table = file.asSlice(0, HeaderTableDescriptor.fileBytes(slabCount, slabBytes));
        this.slabCount = slabCount;
        this.headersOffset = HeaderTableDescriptor.headersOffset(slabCount);
        this.headersPerSlab = HeaderTableDescriptor.headersPerSlab(slabBytes);
        this.fields = new SlotFields(table, headersOffset);
    }

    /** Bytes of the file of a table. */
    public static long bytesFor(int slabCount, long slabBytes) {
        return HeaderTableDescriptor.fileBytes(slabCount, slabBytes);
    }

    public int slabCount() {
        return slabCount;
    }

    /** Headers of a slab, and so the slots of one with the smallest stride. */
    public int headersPerSlab() {
        return headersPerSlab;
    }

    public int slotCount() {
        return slabCount * headersPerSlab;
    }

    /** Number of slot {@code index} of a slab. */
    public int slot(int slab, int index) {
        return slab * headersPerSlab + index;
    }

    /**
     * Where the headers of a slab begin in the file: pages to allocate before the slab is assigned.
     */
    public long slabHeadersOffset(int slab) {
        return headerOffset(slot(slab, 0));
    }

    /** Bytes of the headers of one slab, a multiple of the page. */
    public long slabHeadersBytes() {
        return (long) headersPerSlab * SlotHeaderDescriptor.BYTES;
    }

    /** Stride of a slab in pages of 4096; 0 when it is unassigned. */
    public int stride(int slab) {
        return Ordered.intAcquire(
                table, HeaderTableDescriptor.slabRecordOffset(slab) + SLAB_STRIDE_OFFSET);
    }

    /**
     * Assigns a slab to slots of this many pages, or with 0 to none. All its slots must be FREE.
     */
    public void assign(int slab, int stridePages) {
        Ordered.intRelease(
                table,
                HeaderTableDescriptor.slabRecordOffset(slab) + SLAB_STRIDE_OFFSET,
                stridePages);
    }

    /** generation &lt;&lt; 8 | state. */
    public long word(int slot) {
        // SYNC POINT: pairs with the release stores of reserve, commit, corrupt and free: the body
        // that this word publishes.
        return Ordered.longAcquire(table, headerOffset(slot) + WORD_OFFSET);
    }

    public int state(int slot) {
        return SlotHeaderDescriptor.state(word(slot));
    }

    public long generation(int slot) {
        return SlotHeaderDescriptor.generation(word(slot));
    }

    /** Engines that hold the slot, one bit an engine index. */
    public long pinnedBy(int slot) {
        return Ordered.longAcquire(table, headerOffset(slot) + PINNED_BY_OFFSET);
    }

    /** Sets the pins; a pin is set before the answer that grants it goes to the ring. */
    public void pinnedBy(int slot, long engines) {
        // SYNC POINT: visible before any later record of the ring: the next sidecar finds the pin
        // of every grant that was told.
        Ordered.longRelease(table, headerOffset(slot) + PINNED_BY_OFFSET, engines);
    }

    /** FREE to RESERVED, held by the body's writer until commit or abort. */
    public void reserve(int slot, long generation, SlotBody body) {
        long header = headerOffset(slot);
        // SYNC POINT: the FREE word of the next generation is visible before any byte of the new
        // body, so that a reader of
        // the old generation that meets new bytes finds another word when it looks again.
        VarHandle.storeStoreFence();
        body.copyTo(table, header);
        Ordered.longPlain(
                table, header + PINNED_BY_OFFSET, SlotHeaderDescriptor.pinOf(body.writer()));
        publish(header, generation, RESERVED);
    }

    /** RESERVED to COMMITTED, same generation. */
    public void commit(int slot, int crc32c) {
        long header = headerOffset(slot);
        Ordered.intPlain(table, header + CRC32C_OFFSET, crc32c);
        publish(header, generation(slot), COMMITTED);
    }

    /** COMMITTED to CORRUPT, same generation: the slot is not used again until it is freed. */
    public void corrupt(int slot) {
        publish(headerOffset(slot), generation(slot), CORRUPT);
    }

    /**
     * Any state to FREE, under a generation that the slot never had; nobody holds it afterwards.
     */
    public void free(int slot, long nextGeneration) {
        long header = headerOffset(slot);
        publish(header, nextGeneration, FREE);
        Ordered.longRelease(table, header + PINNED_BY_OFFSET, 0);
    }

    /** The fields of the bodies, valid as long as the word stays the same. */
    public SlotFields fields() {
        return fields;
    }

    private void publish(long header, long generation, int state) {
        // SYNC POINT: body, pins and checksum become visible to the acquire load in word().
        Ordered.longRelease(
                table, header + WORD_OFFSET, SlotHeaderDescriptor.word(generation, state));
    }

    private long headerOffset(int slot) {
        return headersOffset + (long) slot * SlotHeaderDescriptor.BYTES;
    }
}
