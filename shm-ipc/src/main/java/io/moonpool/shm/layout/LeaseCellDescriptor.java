// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.layout;

/**
 * A lease cell, 64 bytes: how far the entries of a lease are verified.
 *
 * <pre>
 *   0                   8         12        16                 64
 *  +-------------------+---------+---------+-------------------+
 *  | jobId             | verified| state   | reserved          |
 *  +-------------------+---------+---------+-------------------+
 *                       `---- mark, u64 --´
 * </pre>
 *
 * The mark is one u64, written with one release store, so that a reader never sees the state of one
 * mark and the count of another.
 */
public final class LeaseCellDescriptor {
    public static final int BYTES = 64;

    public static final int JOB_ID_OFFSET = 0;
    public static final int MARK_OFFSET = 8;

    public static final int VERIFYING = 0;
    public static final int COMPLETE = 1;
    public static final int FAILED = 2;

    private LeaseCellDescriptor() {}

    public static long mark(int verifiedEntries, int state) {
        return (long) state << 32 | Integer.toUnsignedLong(verifiedEntries);
    }

    public static int verifiedEntries(long mark) {
        return (int) mark;
    }

    public static int state(long mark) {
        return (int) (mark >>> 32);
    }
}
