// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.layout;

/**
 * How an answer names a slot, 24 bytes.
 *
 * <pre>
 *   0                   8                   16        20       24
 *  +-------------------+-------------------+---------+---------+
 *  | offset in arena   | word to be shown  | slot    | bytes   |
 *  +-------------------+-------------------+---------+---------+
 * </pre>
 */
public final class EntryDescriptor {
    public static final int BYTES = 24;

    public static final int ARENA_OFFSET_OFFSET = 0;
    public static final int WORD_OFFSET = 8;
    public static final int SLOT_OFFSET = 16;
    public static final int PAYLOAD_BYTES_OFFSET = 20;

    static {
        Layouts.check(PAYLOAD_BYTES_OFFSET + Integer.BYTES == BYTES, "an entry is 24 bytes");
    }

    private EntryDescriptor() {}
}
