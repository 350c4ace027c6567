// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.lang.foreign.Arena;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Eight bytes a slot, outside the heap: the object it belongs to, and the next slot of that object
 * or of its slab's free list. Memory of a slab comes when the slab is first assigned, and grows
 * when it is assigned to smaller slots.
 */
final class SlotTable {

    private static final int RECORD_BYTES = 8;
    private static final int NEXT = 4;

    private final Arena memory;
    private final UnsafeBuffer[] slabs;
    private final int slabShift;
    private final int slotMask;

    SlotTable(Arena memory, int slabCount, int headersPerSlab) {
        this.memory = memory;
        this.slabs = new UnsafeBuffer[slabCount];
        this.slabShift = Integer.numberOfTrailingZeros(headersPerSlab);
        this.slotMask = headersPerSlab - 1;
    }

    void ensure(int slab, int slots) {
        int bytes = slots * RECORD_BYTES;
        if (slabs[slab] == null || slabs[slab].capacity() < bytes) {
            slabs[slab] = OffHeap.allocate(memory, bytes);
        }
    }

    int slab(int slot) {
        return slot >>> slabShift;
    }

    /** Index of a slot within its slab. */
    int indexInSlab(int slot) {
        return slot & slotMask;
    }

    int slot(int slab, int index) {
        return (slab << slabShift) + index;
    }

    /** The object that has the slot, or {@link ObjectTable#NONE}. */
    int object(int slot) {
        return slabs[slab(slot)].getInt(at(slot)) - 1;
    }

    void object(int slot, int object) {
        slabs[slab(slot)].putInt(at(slot), object + 1);
    }

    int next(int slot) {
        return slabs[slab(slot)].getInt(at(slot) + NEXT);
    }

    void next(int slot, int next) {
        slabs[slab(slot)].putInt(at(slot) + NEXT, next);
    }

    private int at(int slot) {
        return (slot & slotMask) * RECORD_BYTES;
    }
}
