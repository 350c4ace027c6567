// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.lang.foreign.Arena;

/**
 * How many leases each engine has on each object. The header table only knows whether there is one.
 */
final class EnginePins {

    static final int ENGINES_MAX = 64;

    private final OffHeapRecords counts;

    EnginePins(Arena memory, int objectsMax) {
        this.counts = new OffHeapRecords(memory, ENGINES_MAX * Character.BYTES, objectsMax);
    }

    /** Returns the count after it. */
    int add(int object, int engine) {
        counts.ensure(object);
        int count = counts.getChar(object, engine * Character.BYTES) + 1;
        if (count > Character.MAX_VALUE) {
            throw new IllegalStateException(
                    "more leases than cells: object=" + object + ", engine=" + engine);
        }
        counts.putChar(object, engine * Character.BYTES, count);
        return count;
    }

    /** Returns the count after it. */
    int remove(int object, int engine) {
        int count = counts.getChar(object, engine * Character.BYTES) - 1;
        if (count < 0) {
            throw new IllegalStateException(
                    "unpinned more often than pinned: object=" + object + ", engine=" + engine);
        }
        counts.putChar(object, engine * Character.BYTES, count);
        return count;
    }
}
