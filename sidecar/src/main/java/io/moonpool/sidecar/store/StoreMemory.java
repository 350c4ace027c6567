// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.lang.foreign.Arena;

/** The tables outside the heap, made together as they are sized together. */
record StoreMemory(
        ObjectTable objects,
        ObjectIndex index,
        LayoutTable layouts,
        SlotTable slots,
        EnginePins pins,
        GhostTable ghosts) {

    private static final int GHOSTS = 1 << 16;
    private static final int NUMBER_BITS = 40;

    static StoreMemory of(
            Arena memory, int slabCount, int headersPerSlab, int bootCount, long seed) {
        int objectsMax = objectsMax((long) slabCount * headersPerSlab);
        ObjectTable objects = new ObjectTable(memory, objectsMax, (long) bootCount << NUMBER_BITS);
        return new StoreMemory(
                objects,
                new ObjectIndex(memory, objects, objectsMax, seed),
                new LayoutTable(objects),
                new SlotTable(memory, slabCount, headersPerSlab),
                new EnginePins(memory, objectsMax),
                new GhostTable(memory, GHOSTS, seed));
    }

    /**
     * As many as there are slots of 4 KiB, but for large arenas: there blocks are larger, and so
     * would the index be.
     */
    private static int objectsMax(long slots) {
        int smallArena = 1 << 20;
        int bound = 1 << 25;
        return (int) Math.min(Math.max(Math.min(slots, smallArena), slots / 4), bound);
    }
}
