// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.lang.foreign.Arena;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Records of equal size outside the heap, by ordinal. Memory comes in chunks when an ordinal is
 * first used and never goes back, so that a store that has seen its largest set of objects
 * allocates no more.
 */
final class OffHeapRecords {

    private static final int CHUNK_BITS = 12;
    private static final int CHUNK_RECORDS = 1 << CHUNK_BITS;
    private static final int CHUNK_MASK = CHUNK_RECORDS - 1;

    private final Arena memory;
    private final int recordBytes;
    private final UnsafeBuffer[] chunks;

    OffHeapRecords(Arena memory, int recordBytes, int recordsMax) {
        this.memory = memory;
        this.recordBytes = recordBytes;
        this.chunks = new UnsafeBuffer[(recordsMax + CHUNK_MASK) >>> CHUNK_BITS];
    }

    /** Makes the record usable; a new one is all zeroes. */
    void ensure(int ordinal) {
        int chunk = ordinal >>> CHUNK_BITS;
        if (chunks[chunk] == null) {
            chunks[chunk] = OffHeap.allocate(memory, CHUNK_RECORDS * recordBytes);
        }
    }

    long getLong(int ordinal, int field) {
        return chunks[ordinal >>> CHUNK_BITS].getLong(at(ordinal, field));
    }

    void putLong(int ordinal, int field, long value) {
        chunks[ordinal >>> CHUNK_BITS].putLong(at(ordinal, field), value);
    }

    int getInt(int ordinal, int field) {
        return chunks[ordinal >>> CHUNK_BITS].getInt(at(ordinal, field));
    }

    void putInt(int ordinal, int field, int value) {
        chunks[ordinal >>> CHUNK_BITS].putInt(at(ordinal, field), value);
    }

    int getChar(int ordinal, int field) {
        return chunks[ordinal >>> CHUNK_BITS].getChar(at(ordinal, field));
    }

    void putChar(int ordinal, int field, int value) {
        chunks[ordinal >>> CHUNK_BITS].putChar(at(ordinal, field), (char) value);
    }

    private int at(int ordinal, int field) {
        return (ordinal & CHUNK_MASK) * recordBytes + field;
    }
}
