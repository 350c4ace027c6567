// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.layout;

/**
 * The host's doorbell file, 4096 bytes. The value stands in a cache line of its own.
 *
 * <pre>
 *   0         4                                              64
 *  +---------+----------------------------------------------+-------------------+
 *  | value   | reserved                                     | magic MPDOORB1    |
 *  +---------+----------------------------------------------+-------------------+
 * </pre>
 */
public final class DoorbellDescriptor {
    public static final long MAGIC = Layouts.magic("MPDOORB1");

    public static final int FILE_BYTES = Layouts.PAGE_BYTES;
    public static final int VALUE_OFFSET = 0;
    public static final int MAGIC_OFFSET = 64;

    /** A client's value is {@code counter << 8 | tag}. */
    public static final int TAG_BITS = 8;

    public static final int TAG_MAX = (1 << TAG_BITS) - 1;

    private DoorbellDescriptor() {}
}
