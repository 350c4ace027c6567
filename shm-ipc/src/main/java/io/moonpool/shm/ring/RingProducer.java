// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.ring;

import static io.moonpool.shm.layout.RingDescriptor.HEAD_CACHE_OFFSET;
import static io.moonpool.shm.layout.RingDescriptor.HEAD_OFFSET;
import static io.moonpool.shm.layout.RingDescriptor.LENGTH_OFFSET;
import static io.moonpool.shm.layout.RingDescriptor.PADDING_TYPE;
import static io.moonpool.shm.layout.RingDescriptor.RECORD_HEADER_BYTES;
import static io.moonpool.shm.layout.RingDescriptor.TAIL_OFFSET;
import static io.moonpool.shm.layout.RingDescriptor.TYPE_MAX;
import static io.moonpool.shm.layout.RingDescriptor.TYPE_OFFSET;

import io.moonpool.shm.layout.RingDescriptor;
import io.moonpool.shm.memory.Ordered;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.agrona.DirectBuffer;

/**
 * The writing end of a ring. One thread. Allocates nothing after construction.
 *
 * <p>The tail is private; the copy in the trailer is for the reader's side to look at. The head is
 * the other process's word: a lie makes this producer overwrite records that were not read, or
 * think the ring full, and nothing else.
 */
public final class RingProducer {
    private final MemorySegment ring;
    private final byte[] body;
    private final int capacity;
    private final int bodyBytesMax;
    private long tail;
    private long head;

    /** Begins at the positions in the trailer, which are 0 in a fresh ring. */
    public RingProducer(MemorySegment ring, int capacity) {
        this.ring = ring.asSlice(0, RingDescriptor.ringBytes(capacity));
        this.capacity = capacity;
        this.bodyBytesMax = RingDescriptor.bodyBytesMax(capacity);
        this.body = new byte[bodyBytesMax];
        this.tail = Ordered.longAcquire(this.ring, capacity + TAIL_OFFSET);
        this.head = Ordered.longAcquire(this.ring, capacity + HEAD_OFFSET);
    }

    /** The longest body that {@link #offer} takes. */
    public int bodyBytesMax() {
        return bodyBytesMax;
    }

    /** Writes one record, or nothing when the ring is full. The doorbell is the caller's. */
    public boolean offer(int type, DirectBuffer source, int offset, int length) {
        checkRecord(type, length);
        int recordLength = RECORD_HEADER_BYTES + length;
        int needed = RingDescriptor.alignedBytes(recordLength);
        int index = (int) (tail & (capacity - 1));
        int toEnd = capacity - index;
        int padding = needed > toEnd ? toEnd : 0;
        if (!hasRoom(padding + needed + RECORD_HEADER_BYTES)) {
            return false;
        }
        if (padding > 0) {
            publish(index, PADDING_TYPE, padding);
            index = 0;
        }
        // Over a private copy, as a segment checks that its file is still mapped and an Agrona
        // buffer does not.
        source.getBytes(offset, body, 0, length);
        MemorySegment.copy(
                body, 0, ring, ValueLayout.JAVA_BYTE, index + RECORD_HEADER_BYTES, length);
        publish(index, type, recordLength);
        tail += padding + needed;
        Ordered.longRelease(ring, capacity + TAIL_OFFSET, tail);
        return true;
    }

    /**
     * The header behind the record is zeroed first: whoever reads on from here must not find what
     * an earlier lap left.
     */
    private void publish(int index, int type, int recordLength) {
        int next = index + RingDescriptor.alignedBytes(recordLength) & (capacity - 1);
        Ordered.longPlain(ring, next, 0);
        Ordered.intPlain(ring, index + TYPE_OFFSET, type);
        // SYNC POINT: type and body become visible to the acquire load of the length in
        // RingConsumer.
        Ordered.intRelease(ring, index + LENGTH_OFFSET, recordLength);
    }

    private boolean hasRoom(int bytes) {
        if (tail + bytes - head <= capacity) {
            return true;
        }
        // SYNC POINT: the zeroes that the reader left below head are visible before anything is
        // written there.
        long shown = Ordered.longAcquire(ring, capacity + HEAD_OFFSET);
        if (shown < head || shown > tail) {
            // Nobody reads backwards or what was not written: a lie. Believing nothing keeps the
            // ring full, which is safe.
            return false;
        }
        head = shown;
        Ordered.longPlain(ring, capacity + HEAD_CACHE_OFFSET, head);
        return tail + bytes - head <= capacity;
    }

    private void checkRecord(int type, int length) {
        if (type < 1 || type > TYPE_MAX) {
            throw new IllegalArgumentException(
                    "record type must be 1 to " + TYPE_MAX + ": type=" + type);
        }
        if (length < 0 || length > bodyBytesMax) {
            throw new IllegalArgumentException(
                    "record body over the ring's bound (split it or enlarge the ring): length="
                            + length
                            + ", bodyBytesMax="
                            + bodyBytesMax);
        }
    }
}
