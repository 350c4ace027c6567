// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

/**
 * A handle names one life of a member: the slot of the member, and how often that slot was joined.
 * It is never 0 or -1.
 */
final class Handle {
    static final int NONE = 0;

    /** Slots are smaller, so that no handle is -1. */
    static final int SLOTS_MAX = 0xFFFF;

    private static final int SLOT_BITS = 16;

    private Handle() {}

    static int of(int slot, int generation) {
        return generation << SLOT_BITS | slot;
    }

    static int slot(int handle) {
        return handle & SLOTS_MAX;
    }

    /** After the last one comes the first again; 0 stays unused. */
    static int nextGeneration(int generation) {
        return generation == SLOTS_MAX ? 1 : generation + 1;
    }
}
