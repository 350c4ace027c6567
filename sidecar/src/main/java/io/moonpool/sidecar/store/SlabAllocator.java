// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.shm.headers.HeaderTable;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts slabs into slots. A slab without a used slot belongs to nobody and is taken by whichever
 * size asks next; otherwise it keeps its stride until {@link #drain} and the eviction of what it
 * holds have emptied it.
 */
final class SlabAllocator {

    static final int NONE = -1;
    static final int PAGE_BYTES = 4096;

    private final HeaderTable headers;
    private final SlotTable slots;
    private final SlabPages pages;
    private final List<TenantArena> arenas;
    private final long slabBytes;
    private final int[] arenaOfSlab;
    private final int[] unassignedHead;
    private final SizeClass[] classOfSlab;

    /** Next slab of its list: of its class's slabs with room, or of its arena's unassigned ones. */
    private final int[] next;

    private final int[] previous;
    private final int[] used;
    private final int[] held;

    /** Slots from here on were never used since the slab was assigned. */
    private final int[] fresh;

    private final int[] freeHead;
    private final boolean[] draining;

    SlabAllocator(HeaderTable headers, SlotTable slots, SlabPages pages, List<TenantArena> arenas) {
        this.headers = headers;
        this.slots = slots;
        this.pages = pages;
        this.arenas = arenas;
        this.slabBytes = (long) headers.headersPerSlab() * PAGE_BYTES;
        int count = headers.slabCount();
        this.arenaOfSlab = new int[count];
        this.unassignedHead = filled(arenas.size());
        this.classOfSlab = new SizeClass[count];
        this.next = filled(count);
        this.previous = filled(count);
        this.used = new int[count];
        this.held = new int[count];
        this.fresh = new int[count];
        this.freeHead = filled(count);
        this.draining = new boolean[count];
        for (TenantArena arena : arenas) {
            for (int slab = arena.slabFirst + arena.slabCount - 1;
                    slab >= arena.slabFirst;
                    slab--) {
                arenaOfSlab[slab] = arena.index;
                pushUnassigned(slab);
            }
        }
    }

    private static int[] filled(int length) {
        int[] array = new int[length];
        Arrays.fill(array, NONE);
        return array;
    }

    SizeClass sizeClass(TenantArena arena, long slotBytes) {
        int stridePages = Math.toIntExact((slotBytes + PAGE_BYTES - 1) / PAGE_BYTES);
        return arena.sizeClass(stridePages, (int) (slabBytes / ((long) stridePages * PAGE_BYTES)));
    }

    /** A slot of the class, from a slab that has one or from an unassigned slab; else NONE. */
    int allocate(SizeClass sizeClass) {
        int slab = sizeClass.slabWithRoom;
        if (slab == NONE) {
            slab = assign(sizeClass);
            if (slab == NONE) {
                return NONE;
            }
        }
        int slot = freeHead[slab];
        if (slot != NONE) {
            freeHead[slab] = slots.next(slot);
        } else {
            slot = slots.slot(slab, fresh[slab]++);
        }
        used[slab]++;
        if (used[slab] == sizeClass.slotsPerSlab) {
            unlink(slab, sizeClass);
        }
        sizeClass.arena.usedBytes += sizeClass.strideBytes();
        return slot;
    }

    void free(int slot) {
        int slab = slots.slab(slot);
        SizeClass sizeClass = classOfSlab[slab];
        sizeClass.arena.usedBytes -= sizeClass.strideBytes();
        slots.object(slot, ObjectTable.NONE);
        slots.next(slot, freeHead[slab]);
        freeHead[slab] = slot;
        boolean wasFull = used[slab] == sizeClass.slotsPerSlab;
        used[slab]--;
        if (wasFull && !draining[slab]) {
            link(slab, sizeClass);
        }
        if (used[slab] == 0) {
            unassign(slab, sizeClass);
        }
    }

    /** Somebody may read or write the slot: its slab can't be emptied. */
    void hold(int slot) {
        held[slots.slab(slot)]++;
    }

    void unhold(int slot) {
        held[slots.slab(slot)]--;
    }

    boolean isHeld(int slab) {
        return held[slab] > 0;
    }

    /** Gives out no more slots of a slab, until it is empty or {@link #keep} is called. */
    void drain(int slab) {
        SizeClass sizeClass = classOfSlab[slab];
        if (used[slab] < sizeClass.slotsPerSlab) {
            unlink(slab, sizeClass);
        }
        draining[slab] = true;
    }

    void keep(int slab) {
        draining[slab] = false;
        SizeClass sizeClass = classOfSlab[slab];
        if (sizeClass != null && used[slab] < sizeClass.slotsPerSlab) {
            link(slab, sizeClass);
        }
    }

    boolean isDraining(int slab) {
        return draining[slab];
    }

    /** Slots of a slab that were used since it was assigned, free ones among them. */
    int touchedSlots(int slab) {
        return classOfSlab[slab] == null ? 0 : fresh[slab];
    }

    /** Where a slot begins in its arena. */
    long offset(int slot) {
        int slab = slots.slab(slot);
        long inArena = (slab - arenas.get(arenaOfSlab[slab]).slabFirst) * slabBytes;
        return inArena + slots.indexInSlab(slot) * classOfSlab[slab].strideBytes();
    }

    List<TenantArena> arenas() {
        return arenas;
    }

    TenantArena arenaOf(int slab) {
        return arenas.get(arenaOfSlab[slab]);
    }

    /** Of a slot in use. */
    SizeClass classOf(int slot) {
        return classOfSlab[slots.slab(slot)];
    }

    /**
     * Takes over a slab that an earlier life assigned; {@link #adoptUsed} and then {@link
     * #endAdoption} follow.
     */
    SizeClass beginAdoption(int slab, int stridePages) {
        TenantArena arena = arenas.get(arenaOfSlab[slab]);
        SizeClass sizeClass = sizeClass(arena, (long) stridePages * PAGE_BYTES);
        takeUnassigned(slab);
        classOfSlab[slab] = sizeClass;
        fresh[slab] = sizeClass.slotsPerSlab;
        slots.ensure(slab, sizeClass.slotsPerSlab);
        draining[slab] = false;
        return sizeClass;
    }

    void adoptUsed(int slot) {
        int slab = slots.slab(slot);
        used[slab]++;
        classOfSlab[slab].arena.usedBytes += classOfSlab[slab].strideBytes();
    }

    /** All slots of the slab that belong to no object are free. */
    void endAdoption(int slab) {
        SizeClass sizeClass = classOfSlab[slab];
        for (int index = sizeClass.slotsPerSlab - 1; index >= 0; index--) {
            int slot = slots.slot(slab, index);
            if (slots.object(slot) == ObjectTable.NONE) {
                slots.next(slot, freeHead[slab]);
                freeHead[slab] = slot;
            }
        }
        if (used[slab] < sizeClass.slotsPerSlab) {
            link(slab, sizeClass);
        }
        if (used[slab] == 0) {
            unassign(slab, sizeClass);
        }
    }

    private int assign(SizeClass sizeClass) {
        int slab = unassignedHead[sizeClass.arena.index];
        if (slab == NONE || !pages.allocate(slab, sizeClass.slotsPerSlab)) {
            return NONE;
        }
        unassignedHead[sizeClass.arena.index] = next[slab];
        slots.ensure(slab, sizeClass.slotsPerSlab);
        classOfSlab[slab] = sizeClass;
        fresh[slab] = 0;
        freeHead[slab] = NONE;
        headers.assign(slab, sizeClass.stridePages);
        link(slab, sizeClass);
        return slab;
    }

    private void unassign(int slab, SizeClass sizeClass) {
        if (!draining[slab]) {
            unlink(slab, sizeClass);
        }
        draining[slab] = false;
        classOfSlab[slab] = null;
        headers.assign(slab, 0);
        pushUnassigned(slab);
    }

    private void pushUnassigned(int slab) {
        int arena = arenaOfSlab[slab];
        next[slab] = unassignedHead[arena];
        unassignedHead[arena] = slab;
    }

    private void takeUnassigned(int slab) {
        int arena = arenaOfSlab[slab];
        if (unassignedHead[arena] == slab) {
            unassignedHead[arena] = next[slab];
            return;
        }
        int before = unassignedHead[arena];
        while (next[before] != slab) {
            before = next[before];
        }
        next[before] = next[slab];
    }

    private void link(int slab, SizeClass sizeClass) {
        int head = sizeClass.slabWithRoom;
        next[slab] = head;
        previous[slab] = NONE;
        if (head != NONE) {
            previous[head] = slab;
        }
        sizeClass.slabWithRoom = slab;
    }

    private void unlink(int slab, SizeClass sizeClass) {
        if (previous[slab] == NONE) {
            sizeClass.slabWithRoom = next[slab];
        } else {
            next[previous[slab]] = next[slab];
        }
        if (next[slab] != NONE) {
            previous[next[slab]] = previous[slab];
        }
    }
}
