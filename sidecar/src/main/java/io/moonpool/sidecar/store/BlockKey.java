// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * The whole identity of a block: layout (which stands for namespace, group and shards), epoch, 32
 * bytes of hash. Filled and used again by its owner.
 */
final class BlockKey {

    static final int HASH_BYTES = 32;

    private static final long MIX_1 = 0x9E3779B97F4A7C15L;
    private static final long MIX_2 = 0xC2B2AE3D27D4EB4FL;

    int layout;
    long epoch;
    long hash0;
    long hash1;
    long hash2;
    long hash3;

    BlockKey of(int layoutOrdinal, long epochNumber) {
        layout = layoutOrdinal;
        epoch = epochNumber;
        return this;
    }

    BlockKey hash(DirectBuffer source, int offset) {
        hash0 = source.getLong(offset, ByteOrder.LITTLE_ENDIAN);
        hash1 = source.getLong(offset + 8, ByteOrder.LITTLE_ENDIAN);
        hash2 = source.getLong(offset + 16, ByteOrder.LITTLE_ENDIAN);
        hash3 = source.getLong(offset + 24, ByteOrder.LITTLE_ENDIAN);
        return this;
    }

    void copyHash(MutableDirectBuffer target, int offset) {
        target.putLong(offset, hash0, ByteOrder.LITTLE_ENDIAN);
        target.putLong(offset + 8, hash1, ByteOrder.LITTLE_ENDIAN);
        target.putLong(offset + 16, hash2, ByteOrder.LITTLE_ENDIAN);
        target.putLong(offset + 24, hash3, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * 64 bits that depend on all of the key and on the seed, so that no client can aim at one place
     * of a table.
     */
    long fingerprint(long seed) {
        long mixed = fold(hash0 ^ seed, hash1 ^ MIX_1) ^ fold(hash2 ^ MIX_2, hash3 ^ ~seed);
        return fold(mixed ^ epoch, (((long) layout) << 1 | 1) * MIX_1 ^ seed);
    }

    private static long fold(long left, long right) {
        return left * right ^ Math.multiplyHigh(left, right);
    }
}
