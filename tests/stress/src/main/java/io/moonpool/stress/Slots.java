// SPDX-License-Identifier: Apache-2.0
package io.moonpool.stress;

import io.moonpool.shm.headers.BootPage;
import io.moonpool.shm.headers.HeaderTable;
import io.moonpool.shm.headers.SlotBody;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One header table for all states of a test, each with a slot of its own; far more slots than
 * states live at once.
 */
public final class Slots {
    private static final long SLAB_BYTES = 256L << 20;
    private static final MemorySegment MEMORY =
            Arena.ofAuto().allocate(HeaderTable.bytesFor(1, SLAB_BYTES), 64);
    private static final AtomicInteger NEXT = new AtomicInteger();

    public static final HeaderTable HEADERS = headers();

    private Slots() {}

    /** A slot that is free under generation 0, whatever the state before did with it. */
    public static int take() {
        int slot = Math.floorMod(NEXT.getAndIncrement(), HEADERS.slotCount());
        HEADERS.free(slot, 0);
        return slot;
    }

    /** A body whose epoch and object number are one value. */
    public static SlotBody body(long value) {
        return new SlotBody().epoch(value).objectNumber(value);
    }

    public static MemorySegment memory() {
        return MEMORY;
    }

    private static HeaderTable headers() {
        new BootPage(MEMORY).format(1, SLAB_BYTES);
        return new HeaderTable(MEMORY, 1, SLAB_BYTES);
    }
}
