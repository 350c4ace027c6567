// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import org.agrona.DirectBuffer;

/** Finds slots for a new object: all of them, or none. */
final class Reserver {

    private static final int NONE = ObjectTable.NONE;

    /** Evictions for one slot before giving up: room can be made and still be of no use. */
    private static final int ATTEMPTS_MAX = 4;

    private final ObjectStore store;
    private final Evictor evictor;
    private final Budgets budgets;

    Reserver(ObjectStore store, Evictor evictor, Budgets budgets) {
        this.store = store;
        this.evictor = evictor;
        this.budgets = budgets;
    }

    /**
     * A reserved object, in headers and index, or NONE.
     *
     * @param parent the object before it, or NONE; never evicted for its own child
     */
    int reserve(
            BlockKey key,
            Engine engine,
            int parent,
            int position,
            DirectBuffer parentHash,
            int parentOffset) {
        GroupLayout layout = store.layouts.get(key.layout);
        int object = allocate(key, layout, parent);
        if (object == NONE) {
            return NONE;
        }
        boolean affordable = layout.objectBytes() <= budgets.reservationBytesLeft(engine);
        if (!affordable || !takeSlots(object, layout, parent)) {
            store.objects.free(object);
            return NONE;
        }
        store.objects.parent(object, parent);
        store.objects.position(object, position);
        store.reserve(object, key, engine, parentHash, parentOffset);
        return object;
    }

    /**
     * A record; there may be fewer of them than slots, and then an object goes to make room for
     * one.
     */
    private int allocate(BlockKey key, GroupLayout layout, int parent) {
        int object = store.objects.allocate(key, ObjectTable.RESERVED);
        if (object == NONE && evictor.makeRoom(layout.shape.classes[0], parent)) {
            object = store.objects.allocate(key, ObjectTable.RESERVED);
        }
        return object;
    }

    private boolean takeSlots(int object, GroupLayout layout, int parent) {
        int last = NONE;
        for (SizeClass sizeClass : layout.shape.classes) {
            int slot = take(sizeClass, parent);
            if (slot == NONE) {
                giveBack(object);
                return false;
            }
            store.slots.object(slot, object);
            store.slots.next(slot, NONE);
            if (last == NONE) {
                store.objects.slotFirst(object, slot);
            } else {
                store.slots.next(last, slot);
            }
            last = slot;
        }
        return true;
    }

    private int take(SizeClass sizeClass, int parent) {
        int slot = store.slabs.allocate(sizeClass);
        for (int i = 0;
                i < ATTEMPTS_MAX && slot == NONE && evictor.makeRoom(sizeClass, parent);
                i++) {
            slot = store.slabs.allocate(sizeClass);
        }
        return slot;
    }

    private void giveBack(int object) {
        int slot = store.objects.slotFirst(object);
        while (slot != NONE) {
            int following = store.slots.next(slot);
            store.slabs.free(slot);
            slot = following;
        }
    }
}
