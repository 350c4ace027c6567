// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.lang.foreign.Arena;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Records of equal size outside the heap, by ordinal. Memory comes in chunks and stays; free
 * records are all zeroes but for a link to the next one, so that equal histories leave equal bytes.
 */
final class OffHeapRecords implements AutoCloseable {
    private static final int CHUNK_BITS = 13;
    private static final int CHUNK_RECORDS = 1 << CHUNK_BITS;
    private static final int CHUNK_MASK = CHUNK_RECORDS - 1;
    private static final int FIRST_CHUNKS = 16;

    private final Arena memory = Arena.ofShared();
    private final int recordBytes;
    private final int linkField;
    private UnsafeBuffer[] chunks = new UnsafeBuffer[FIRST_CHUNKS];
    private int chunkCount;
    private int high;
    private int freeHead;

    /** {@code linkField} is where a free record keeps its link. */
    OffHeapRecords(int recordBytes, int linkField) {
        this.recordBytes = recordBytes;
        this.linkField = linkField;
    }

    /** A record of zeroes. */
    int allocate() {
        if (freeHead != 0) {
            int ordinal = freeHead - 1;
            freeHead = getInt(ordinal, linkField);
            putInt(ordinal, linkField, 0);
            return ordinal;
        }
        if (high == Integer.MAX_VALUE) {
            throw new Refusal(Refusal.Kind.EXHAUSTED, "directory: has 2^31 records, shard it");
        }
        ensureChunk(high >>> CHUNK_BITS);
        return high++;
    }

    void release(int ordinal) {
        chunks[ordinal >>> CHUNK_BITS].setMemory(at(ordinal, 0), recordBytes, (byte) 0);
        putInt(ordinal, linkField, freeHead);
        freeHead = ordinal + 1;
    }

    /** Every record ever used has a lower ordinal. */
    int high() {
        return high;
    }

    long bytes() {
        return (long) chunkCount * CHUNK_RECORDS * recordBytes;
    }

    private void ensureChunk(int chunk) {
        if (chunk < chunkCount) {
            return;
        }
        if (chunk == chunks.length) {
            chunks = Arrays.copyOf(chunks, chunk * 2);
        }
        chunks[chunk] = OffHeap.allocate(memory, CHUNK_RECORDS * recordBytes);
        chunkCount = chunk + 1;
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

    private int at(int ordinal, int field) {
        return (ordinal & CHUNK_MASK) * recordBytes + field;
    }

    void write(SnapshotWriter out) {
        out.putInt(high);
        out.putInt(freeHead);
        for (int first = 0; first < high; first += CHUNK_RECORDS) {
            int count = Math.min(CHUNK_RECORDS, high - first);
            out.putBytes(chunks[first >>> CHUNK_BITS], count * recordBytes);
        }
    }

    void read(SnapshotReader in) {
        high = in.getCount(Integer.MAX_VALUE, "records");
        freeHead = in.getCount(high, "free record");
        for (int first = 0; first < high; first += CHUNK_RECORDS) {
            ensureChunk(first >>> CHUNK_BITS);
            int count = Math.min(CHUNK_RECORDS, high - first);
            in.getBytes(chunks[first >>> CHUNK_BITS], count * recordBytes);
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
