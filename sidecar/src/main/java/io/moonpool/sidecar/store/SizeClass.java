// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.ArrayList;
import java.util.List;

/** The slots of one stride in one arena. */
final class SizeClass {

    final TenantArena arena;
    final int stridePages;
    final int slotsPerSlab;

    /** Shapes whose objects have slots of this class. */
    final List<Shape> shapes = new ArrayList<>();

    /** First of the linked slabs of this class that have a free slot. */
    int slabWithRoom = SlabAllocator.NONE;

    SizeClass(TenantArena arena, int stridePages, int slotsPerSlab) {
        this.arena = arena;
        this.stridePages = stridePages;
        this.slotsPerSlab = slotsPerSlab;
    }

    long strideBytes() {
        return (long) stridePages * SlabAllocator.PAGE_BYTES;
    }
}
