// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.harness;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Bytes that follow from a seed and an offset, so that any piece anywhere can be checked. */
public final class Content {
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;

    private Content() {}

    public static void fill(MemorySegment memory, long seed, long offset, long length) {
        for (long at = offset; at < offset + length; at++) {
            if (at % 8 == 0 && at + 8 <= offset + length) {
                memory.set(WORD, at, word(seed, at / 8));
                at += 7;
            } else {
                memory.set(ValueLayout.JAVA_BYTE, at, byteAt(seed, at));
            }
        }
    }

    /**
     * The first offset in the piece at which {@code memory} does not hold what the seed has at the
     * origin; -1 when all is right.
     */
    public static long mismatch(
            MemorySegment memory, long offset, long seed, long origin, long length) {
        for (long i = 0; i < length; i++) {
            boolean wordwise = (origin + i) % 8 == 0 && i + 8 <= length;
            if (wordwise && memory.get(WORD, offset + i) == word(seed, (origin + i) / 8)) {
                i += 7;
            } else if (memory.get(ValueLayout.JAVA_BYTE, offset + i) != byteAt(seed, origin + i)) {
                return i;
            }
        }
        return -1;
    }

    private static byte byteAt(long seed, long offset) {
        return (byte) (word(seed, offset / 8) >>> (8 * (offset % 8)));
    }

    private static long word(long seed, long index) {
        long z = seed + index * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
