// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;

/** A key that is looked for: scope and hash, and 64 bits that stand for both. Used again. */
final class Probe {
    private static final long MIX_1 = 0x9E3779B97F4A7C15L;
    private static final long MIX_2 = 0xC2B2AE3D27D4EB4FL;

    int scope;
    long hash0;
    long hash1;
    long hash2;
    long hash3;
    long print;

    Probe of(int scopeOrdinal, long salt, DirectBuffer source, int offset) {
        return of(
                scopeOrdinal,
                salt,
                source.getLong(offset, ByteOrder.LITTLE_ENDIAN),
                source.getLong(offset + 8, ByteOrder.LITTLE_ENDIAN),
                source.getLong(offset + 16, ByteOrder.LITTLE_ENDIAN),
                source.getLong(offset + 24, ByteOrder.LITTLE_ENDIAN));
    }

    Probe of(int scopeOrdinal, long salt, Digest hash) {
        return of(scopeOrdinal, salt, hash.word0(), hash.word1(), hash.word2(), hash.word3());
    }

    Probe of(int scopeOrdinal, long salt, long word0, long word1, long word2, long word3) {
        scope = scopeOrdinal;
        hash0 = word0;
        hash1 = word1;
        hash2 = word2;
        hash3 = word3;
        print = print(salt, word0, word1, word2, word3);
        return this;
    }

    Digest hash() {
        return new Digest(hash0, hash1, hash2, hash3);
    }

    /** Depends on layout and epoch by the salt, and through it on the seed. */
    static long print(long salt, long word0, long word1, long word2, long word3) {
        return fold(fold(word0 ^ salt, word1 ^ MIX_1) ^ word2, word3 ^ MIX_2 ^ salt) ^ salt;
    }

    /** Of all keys with this layout and epoch. */
    static long salt(long seed, Digest layout, long epoch) {
        long mixed =
                fold(layout.word0() ^ seed, layout.word1() ^ MIX_1)
                        ^ fold(layout.word2() ^ MIX_2, layout.word3() ^ ~seed);
        return fold(mixed ^ epoch, MIX_1 ^ seed);
    }

    static long fold(long left, long right) {
        return left * right ^ Math.multiplyHigh(left, right);
    }
}
