// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.lang.foreign.Arena;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Remembers for a while why blocks are gone, so that a miss can say so. Direct-mapped and of fixed
 * size: a newer ghost drives out an older one, and once in 2^62 a reason is wrong, which is why it
 * is only ever told, never acted on.
 */
final class GhostTable {

    static final int UNKNOWN = 0;
    static final int EVICTED = 1;
    static final int CORRUPT = 2;

    private static final int REASON_MASK = 3;

    private final UnsafeBuffer cells;
    private final int mask;
    private final long seed;

    GhostTable(Arena memory, int capacity, long seed) {
        this.cells = OffHeap.allocate(memory, capacity * Long.BYTES);
        this.mask = capacity - 1;
        this.seed = seed;
    }

    void remember(BlockKey key, int reason) {
        long fingerprint = key.fingerprint(seed);
        cells.putLong(at(fingerprint), (fingerprint & ~REASON_MASK) | reason);
    }

    int reason(BlockKey key) {
        long fingerprint = key.fingerprint(seed);
        long ghost = cells.getLong(at(fingerprint));
        return (ghost & ~REASON_MASK) == (fingerprint & ~REASON_MASK)
                ? (int) (ghost & REASON_MASK)
                : UNKNOWN;
    }

    private int at(long fingerprint) {
        return (int) (fingerprint >>> 32 & mask) * Long.BYTES;
    }
}
