// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

/**
 * The local side of one request: where its payload comes from or goes to, and how far that is. A
 * place without a segment swallows what arrives. Confined to the I/O thread of its connection.
 */
final class Extents {
    private final TcpSegment[] segments = new TcpSegment[Wire.PIECES_MAX];
    private final long[] offsets = new long[Wire.PIECES_MAX];
    private final int[] lengths = new int[Wire.PIECES_MAX];
    private int count;
    private int index;
    private int done;
    private long remaining;
    private long drained;

    void clear() {
        abandon();
        count = 0;
        index = 0;
        done = 0;
        remaining = 0;
        drained = 0;
    }

    void add(TcpSegment segment, long offset, int length) {
        segments[count] = segment;
        offsets[count] = offset;
        lengths[count] = length;
        count++;
        remaining += length;
    }

    /** A place whose bytes do not travel. Before anything has moved. */
    void exclude(int place) {
        remaining -= lengths[place];
        lengths[place] = 0;
    }

    /** From now on, whatever arrives is thrown away. */
    void abandon() {
        for (int i = 0; i < count; i++) {
            segments[i] = null;
        }
    }

    int count() {
        return count;
    }

    long remaining() {
        return remaining;
    }

    /** All bytes that travel, moved or not. */
    long total() {
        long total = 0;
        for (int i = 0; i < count; i++) {
            total += lengths[i];
        }
        return total;
    }

    boolean isGone(int place) {
        return segments[place] == null;
    }

    /** How many of the bytes that arrived were thrown away. */
    long drained() {
        return drained;
    }

    /**
     * Adds the next places to the vector as far as it has room. True when they are the last ones:
     * after them the next frame begins.
     */
    boolean landIn(IoVector vector) {
        int skip = done;
        for (int i = index; i < count; i++, skip = 0) {
            int length = lengths[i] - skip;
            if (length == 0) {
                continue;
            }
            if (vector.isFull()) {
                return false;
            }
            if (segments[i] == null || !vector.add(segments[i], offsets[i] + skip, length)) {
                segments[i] = null;
                vector.addSink(length);
                return false;
            }
        }
        return true;
    }

    /** The same for sending; false when a segment is gone and the payload can't be completed. */
    boolean sendFrom(IoVector vector) {
        int skip = done;
        for (int i = index; i < count && !vector.isFull(); i++, skip = 0) {
            int length = lengths[i] - skip;
            if (length > 0
                    && (segments[i] == null
                            || !vector.add(segments[i], offsets[i] + skip, length))) {
                return false;
            }
        }
        return true;
    }

    void advance(long moved) {
        remaining -= moved;
        long left = moved;
        while (left > 0) {
            int step = (int) Math.min(left, lengths[index] - done);
            if (segments[index] == null) {
                drained += step;
            }
            left -= step;
            done += step;
            if (done == lengths[index]) {
                index++;
                done = 0;
            }
        }
    }
}
