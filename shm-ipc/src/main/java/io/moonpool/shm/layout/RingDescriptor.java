// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.layout;

/**
 * A ring: records, then a trailer of 768 bytes. The layout of records and trailer is that of
 * Agrona's one-to-one ring.
 *
 * <pre>
 *   record, at a multiple of 8               trailer, at capacity
 *   0         4         8                    +128  tail position
 *  +---------+---------+----------------+    +256  head cache position (the writer's own)
 *  | length  | type    | body … padding |    +384  head position
 *  +---------+---------+----------------+    +768  end
 * </pre>
 *
 * {@code length} counts header and body; the record takes it rounded up to 8. Type −1 pads to the
 * end of the buffer.
 */
public final class RingDescriptor {
    public static final int TRAILER_BYTES = 768;
    public static final int TAIL_OFFSET = 128;
    public static final int HEAD_CACHE_OFFSET = 256;
    public static final int HEAD_OFFSET = 384;

    public static final int RECORD_HEADER_BYTES = 8;
    public static final int RECORD_ALIGNMENT = 8;
    public static final int LENGTH_OFFSET = 0;
    public static final int TYPE_OFFSET = 4;

    public static final int PADDING_TYPE = -1;
    public static final int TYPE_MAX = 0xffff;

    /** Eight records of the longest kind; below this a ring carries nothing useful. */
    public static final int CAPACITY_MIN = 1024;

    public static final int CAPACITY_MAX = 1 << 30;

    private RingDescriptor() {}

    /** Refuses a capacity that no ring has. */
    public static int checkedCapacity(int capacity) {
        if (capacity < CAPACITY_MIN || capacity > CAPACITY_MAX || Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException(
                    "ring capacity must be a power of two from "
                            + CAPACITY_MIN
                            + " to "
                            + CAPACITY_MAX
                            + ": capacity="
                            + capacity);
        }
        return capacity;
    }

    public static int ringBytes(int capacity) {
        return checkedCapacity(capacity) + TRAILER_BYTES;
    }

    /** The longest record, its header included. */
    public static int recordBytesMax(int capacity) {
        return capacity / 8;
    }

    public static int bodyBytesMax(int capacity) {
        return recordBytesMax(capacity) - RECORD_HEADER_BYTES;
    }

    /** What a record of this length takes in the ring. */
    public static int alignedBytes(int length) {
        return length + RECORD_ALIGNMENT - 1 & -RECORD_ALIGNMENT;
    }
}
