// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/**
 * Makes room: evicts the coldest object of the size that is asked for, or empties a slab of sizes
 * that are colder. Each call does a bounded amount of work; a slab that takes longer is emptied
 * over several calls.
 */
final class Evictor {

    private static final int NONE = ObjectTable.NONE;

    /** Objects evicted by one call, or one {@link #advance}. */
    private static final int EVICTIONS_MAX = 64;

    /** Slots of a draining slab looked at by one call. */
    private static final int SLOTS_MAX = 512;

    /** Cold objects of other sizes whose slabs are considered. */
    private static final int CANDIDATES_MAX = 8;

    private final ObjectStore store;
    private final GhostTable ghosts;
    private final EvictionEvents events;
    private final StoreMetrics metrics;
    private final BlockKey scratch = new BlockKey();
    private int drainingSlab = NONE;
    private int drainCursor;

    Evictor(ObjectStore store, GhostTable ghosts, EvictionEvents events, StoreMetrics metrics) {
        this.store = store;
        this.ghosts = ghosts;
        this.events = events;
        this.metrics = metrics;
    }

    /**
     * Tries to make a slot of this class free, but not at the cost of {@code spared}. False: there
     * is no room.
     */
    boolean makeRoom(SizeClass sizeClass, int spared) {
        Shape own = store.order.coldestOf(sizeClass);
        Shape other = store.order.coldestBut(sizeClass);
        boolean otherIsColder =
                other != null && (own == null || store.order.tick(other) < store.order.tick(own));
        if (otherIsColder && drainColdSlab(other, sizeClass)) {
            return true;
        }
        if (own == null || own.oldest == spared) {
            return false;
        }
        evict(own.oldest);
        return true;
    }

    /** Evicts a visible object that nobody holds. */
    void evict(int object) {
        end(object);
        store.drop(object);
    }

    /** Evicts a visible object for good, whoever holds it. */
    void remove(int object) {
        end(object);
        store.remove(object);
    }

    private void end(int object) {
        GroupLayout layout = store.layouts.of(object);
        store.objects.readKey(object, scratch);
        if (store.isStale(object)) {
            metrics.increment(StoreCount.BLOCKS_RECLAIMED);
        } else {
            ghosts.remember(scratch, GhostTable.EVICTED);
            metrics.increment(StoreCount.BLOCKS_EVICTED);
        }
        events.add(layout, scratch);
    }

    /** Goes on with a slab that is being emptied; returns the work done. */
    int advance() {
        return drainingSlab == NONE ? 0 : drainStep();
    }

    /** True when the arena got an unassigned slab from it. */
    private boolean drainColdSlab(Shape shape, SizeClass wanted) {
        if (drainingSlab == NONE && !beginDrain(shape)) {
            return false;
        }
        if (store.slabs.arenaOf(drainingSlab) != wanted.arena) {
            return false;
        }
        drainStep();
        return drainingSlab == NONE;
    }

    private boolean beginDrain(Shape shape) {
        int object = shape.oldest;
        for (int i = 0; i < CANDIDATES_MAX && object != NONE; i++) {
            int slab = store.slots.slab(store.objects.slotFirst(object));
            if (!store.slabs.isHeld(slab)) {
                store.slabs.drain(slab);
                drainingSlab = slab;
                drainCursor = 0;
                return true;
            }
            object = store.objects.newer(object);
        }
        return false;
    }

    private int drainStep() {
        int slab = drainingSlab;
        int evictions = 0;
        int looked = 0;
        int end = store.slabs.touchedSlots(slab);
        while (store.slabs.isDraining(slab)
                && drainCursor < end
                && evictions < EVICTIONS_MAX
                && looked < SLOTS_MAX) {
            if (store.slabs.isHeld(slab)) {
                // Somebody leased a block of it meanwhile: it is not that cold.
                store.slabs.keep(slab);
                drainingSlab = NONE;
                return 1;
            }
            int object = store.slots.object(store.slots.slot(slab, drainCursor));
            if (object != NONE) {
                evict(object);
                evictions++;
            }
            drainCursor++;
            looked++;
        }
        if (!store.slabs.isDraining(slab)) {
            metrics.increment(StoreCount.SLABS_REASSIGNED);
            drainingSlab = NONE;
        } else if (drainCursor >= end) {
            drainCursor = 0;
        }
        return 1;
    }
}
