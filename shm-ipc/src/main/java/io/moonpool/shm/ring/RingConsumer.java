// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.ring;

import static io.moonpool.shm.layout.RingDescriptor.HEAD_OFFSET;
import static io.moonpool.shm.layout.RingDescriptor.LENGTH_OFFSET;
import static io.moonpool.shm.layout.RingDescriptor.PADDING_TYPE;
import static io.moonpool.shm.layout.RingDescriptor.RECORD_HEADER_BYTES;
import static io.moonpool.shm.layout.RingDescriptor.TYPE_MAX;
import static io.moonpool.shm.layout.RingDescriptor.TYPE_OFFSET;

import io.moonpool.shm.layout.RingDescriptor;
import io.moonpool.shm.memory.Ordered;
import io.moonpool.shm.ring.RingViolation.Rule;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The reading end of a ring whose writer may lie. One thread. Allocates nothing unless a rule is
 * broken.
 *
 * <p>Trust: the head is private, every length and type is loaded once and checked before use, a
 * body is copied out before anybody decodes it, and one visit consumes at most the capacity, so
 * that no writer, however fast or false, can hold the reader or lead it outside. Each record is
 * zeroed when it has been copied; the writer counts on finding zeroes.
 */
public final class RingConsumer {
    /** Returned by {@link #poll}, from the first violation on for ever. */
    public static final int VIOLATION = -1;

    private static final byte[] ZEROES = new byte[4096];

    private final MemorySegment ring;
    private final int capacity;
    private final byte[] body;
    private final MutableDirectBuffer bodyBuffer = new UnsafeBuffer(0, 0);
    private long head;
    private RingViolation violation;

    /**
     * Begins at the head in the trailer, which must still be the caller's own word: attach before
     * the other side does.
     */
    public RingConsumer(MemorySegment ring, int capacity) {
        if (!DirectBuffer.SHOULD_BOUNDS_CHECK) {
            throw new IllegalStateException(
                    "bounds checks are off and decoding would trust the other process: remove "
                            + DirectBuffer.DISABLE_BOUNDS_CHECKS_PROP_NAME);
        }
        this.ring = ring.asSlice(0, RingDescriptor.ringBytes(capacity));
        this.capacity = capacity;
        this.body = new byte[RingDescriptor.bodyBytesMax(capacity)];
        this.head = Ordered.longAcquire(this.ring, capacity + HEAD_OFFSET);
    }

    /**
     * Hands at most {@code limit} records to the handler and gives their room back to the writer,
     * also when the handler throws. Returns their number, or {@link #VIOLATION}; records before the
     * violation were handed over.
     */
    public int poll(RecordHandler handler, int limit) {
        if (violation != null) {
            return VIOLATION;
        }
        long first = head;
        int count = 0;
        try {
            while (count < limit) {
                int index = (int) (head & (capacity - 1));
                // SYNC POINT: pairs with the release store of the length in RingProducer.publish.
                int length = Ordered.intAcquire(ring, index + LENGTH_OFFSET);
                if (length <= 0) {
                    break;
                }
                int type = Ordered.intPlain(ring, index + TYPE_OFFSET);
                if (!obeys(index, length, type, head - first)) {
                    return VIOLATION;
                }
                consume(index, length, type);
                if (type != PADDING_TYPE) {
                    count++;
                    handler.onRecord(type, bodyBuffer, 0, length - RECORD_HEADER_BYTES);
                }
            }
        } finally {
            if (head != first) {
                // SYNC POINT: the zeroes below head become visible to the acquire load in
                // RingProducer.hasRoom.
                Ordered.longRelease(ring, capacity + HEAD_OFFSET, head);
            }
        }
        return count;
    }

    /** What ended this ring, if anything did. */
    public Optional<RingViolation> violation() {
        return Optional.ofNullable(violation);
    }

    /**
     * Copies a checked record out, leaves zeroes, and moves on: from here on nothing of it is read
     * again.
     */
    private void consume(int index, int length, int type) {
        if (type != PADDING_TYPE) {
            int bodyLength = length - RECORD_HEADER_BYTES;
            MemorySegment.copy(
                    ring, ValueLayout.JAVA_BYTE, index + RECORD_HEADER_BYTES, body, 0, bodyLength);
            bodyBuffer.wrap(body, 0, bodyLength);
        }
        int taken = RingDescriptor.alignedBytes(length);
        for (int zeroed = 0; zeroed < taken; zeroed += ZEROES.length) {
            int piece = Math.min(taken - zeroed, ZEROES.length);
            MemorySegment.copy(ZEROES, 0, ring, ValueLayout.JAVA_BYTE, index + zeroed, piece);
        }
        head += taken;
    }

    private boolean obeys(int index, int length, int type, long consumed) {
        int toEnd = capacity - index;
        if (length < RECORD_HEADER_BYTES) {
            return violated(Rule.LENGTH_TOO_SHORT, length, type);
        }
        if (type != PADDING_TYPE && (type < 1 || type > TYPE_MAX)) {
            return violated(Rule.TYPE, length, type);
        }
        if (type != PADDING_TYPE && length > RingDescriptor.recordBytesMax(capacity)) {
            return violated(Rule.LENGTH_TOO_LONG, length, type);
        }
        // Before rounding: a length near 2^31 would wrap around. Rounded it can't pass the end
        // either, as toEnd is a multiple of 8.
        if (length > toEnd) {
            return violated(Rule.PAST_END, length, type);
        }
        if (consumed + RingDescriptor.alignedBytes(length) > capacity) {
            return violated(Rule.OVERRUN, length, type);
        }
        return true;
    }

    private boolean violated(Rule rule, int length, int type) {
        violation = new RingViolation(rule, head, length, type);
        return false;
    }
}
