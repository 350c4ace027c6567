// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.layout;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * What all layouts share: the page, magics, rounding, and the checks that a layout is what the spec
 * says.
 */
public final class Layouts {
    /** Granularity of files, strides and the parts of a session file. */
    public static final int PAGE_BYTES = 4096;

    /** Version of the layouts of files; both sides must have the same. */
    public static final int LAYOUT_VERSION = 1;

    /** Bytes of a boot id or a file id. */
    public static final int ID_BYTES = 16;

    private Layouts() {}

    /** The next multiple of {@code unit}, a power of two, that is not less than {@code value}. */
    public static long roundUp(long value, long unit) {
        return (value + unit - 1) & -unit;
    }

    /** Eight ASCII characters as the u64 that has them in memory order. */
    static long magic(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        check(bytes.length == Long.BYTES, "a magic has 8 characters: " + text);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    /** A contradiction in a layout is a bug of ours: the class that has it must not load. */
    static void check(boolean holds, String statement) {
        if (!holds) {
            throw new ExceptionInInitializerError("layout contradicts itself: " + statement);
        }
    }
}
