// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.lang.foreign.Arena;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Finds an object by its whole key: open addressing with linear probing over 8-byte cells outside
 * the heap, half of them at most in use, entries moved back on removal so that no tombstones pile
 * up.
 *
 * <p>A cell is tag &lt;&lt; 32 | ordinal + 1, or 0. The tag is the upper half of the key's
 * fingerprint and gives the home cell too, so that removal never looks at objects, and a probe only
 * at one whose tag agrees.
 */
final class ObjectIndex {

    private static final long LOW = 0xFFFF_FFFFL;

    private final UnsafeBuffer cells;
    private final ObjectTable objects;
    private final long seed;
    private final int mask;
    private final int shift;

    ObjectIndex(Arena memory, ObjectTable objects, int objectsMax, long seed) {
        int capacity = Integer.highestOneBit(Math.max(8, objectsMax) - 1) << 2;
        this.cells = OffHeap.allocate(memory, capacity * Long.BYTES);
        this.objects = objects;
        this.seed = seed;
        this.mask = capacity - 1;
        this.shift = Integer.numberOfLeadingZeros(mask);
    }

    /** The object with this key, or {@link ObjectTable#NONE}. */
    int find(BlockKey key) {
        int tag = tag(key);
        int cell = home(tag);
        for (; ; ) {
            long entry = at(cell);
            if (entry == 0) {
                return ObjectTable.NONE;
            }
            if ((int) (entry >>> 32) == tag) {
                int ordinal = (int) (entry & LOW) - 1;
                if (objects.matches(ordinal, key)) {
                    return ordinal;
                }
            }
            cell = cell + 1 & mask;
        }
    }

    /** The key must not be there yet. */
    void add(BlockKey key, int ordinal) {
        int tag = tag(key);
        int cell = home(tag);
        while (at(cell) != 0) {
            cell = cell + 1 & mask;
        }
        put(cell, (long) tag << 32 | Integer.toUnsignedLong(ordinal + 1));
    }

    /** Removes this very object; its key must be given. */
    void remove(BlockKey key, int ordinal) {
        long wanted = (long) tag(key) << 32 | Integer.toUnsignedLong(ordinal + 1);
        int cell = home(tag(key));
        while (at(cell) != wanted) {
            if (at(cell) == 0) {
                throw new IllegalStateException("object is not in the index: ordinal=" + ordinal);
            }
            cell = cell + 1 & mask;
        }
        closeGap(cell);
    }

    private void closeGap(int removed) {
        int gap = removed;
        int cell = gap + 1 & mask;
        for (long entry = at(cell); entry != 0; entry = at(cell)) {
            int home = home((int) (entry >>> 32));
            // Moving is right unless its home lies after the gap, on the way to where it is now.
            if ((cell - home & mask) >= (cell - gap & mask)) {
                put(gap, entry);
                gap = cell;
            }
            cell = cell + 1 & mask;
        }
        put(gap, 0);
    }

    private int tag(BlockKey key) {
        return (int) (key.fingerprint(seed) >>> 32);
    }

    private int home(int tag) {
        return tag >>> shift;
    }

    private long at(int cell) {
        return cells.getLong(cell * Long.BYTES);
    }

    private void put(int cell, long entry) {
        cells.putLong(cell * Long.BYTES, entry);
    }
}
