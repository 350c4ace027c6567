// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.shm.headers.HeaderTable;
import io.moonpool.shm.layout.SlotHeaderDescriptor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Counts everything anew from headers and tables and compares with what the store believes. */
final class StoreChecks {

    private StoreChecks() {}

    static void check(StoreRig rig) {
        for (TenantArena arena : rig.parts.files().arenas()) {
            checkSlots(rig, arena);
            checkLists(rig, arena);
        }
    }

    /** Objects that a lookup under the present epochs could find. */
    static long visibleObjects(StoreRig rig) {
        ObjectStore store = rig.store();
        long count = 0;
        for (int object = 0; object < store.objects.highWater(); object++) {
            boolean visible =
                    store.objects.state(object) == ObjectTable.COMMITTED && !store.isStale(object);
            count += visible ? 1 : 0;
        }
        return count;
    }

    private static void checkSlots(StoreRig rig, TenantArena arena) {
        ObjectStore store = rig.store();
        HeaderTable headers = store.headers;
        long used = 0;
        long reserved = 0;
        long pinned = 0;
        Set<Integer> owners = new HashSet<>();
        for (int slab = arena.slabFirst; slab < arena.slabFirst + arena.slabCount; slab++) {
            int touched = store.slabs.touchedSlots(slab);
            boolean held = false;
            for (int index = 0; index < touched; index++) {
                int slot = headers.slot(slab, index);
                int object = store.slots.object(slot);
                assertThat(headers.state(slot) != SlotHeaderDescriptor.FREE)
                        .as("slot %d is used exactly if it has an object", slot)
                        .isEqualTo(object != ObjectTable.NONE);
                if (object == ObjectTable.NONE) {
                    assertThat(headers.pinnedBy(slot)).as("free slot %d", slot).isZero();
                    continue;
                }
                owners.add(object);
                used += store.slabs.classOf(slot).strideBytes();
                boolean evictable =
                        store.objects.state(object) == ObjectTable.COMMITTED
                                && store.objects.holds(object) == 0;
                assertThat(!evictable || store.objects.listed(object))
                        .as("what nobody holds can be evicted")
                        .isTrue();
                boolean isReserved = store.objects.state(object) == ObjectTable.RESERVED;
                reserved += isReserved ? store.slabs.classOf(slot).strideBytes() : 0;
                pinned +=
                        store.objects.engineMask(object) != 0
                                ? store.slabs.classOf(slot).strideBytes()
                                : 0;
                held |= isReserved || store.objects.holds(object) > 0;
                if (!isReserved) {
                    assertThat(headers.pinnedBy(slot))
                            .isEqualTo(
                                    store.objects.engineMask(object)
                                            | store.objects.quarantineMask(object));
                }
            }
            assertThat(store.slabs.isHeld(slab)).as("slab %d is held", slab).isEqualTo(held);
        }
        assertThat(arena.usedBytes).isEqualTo(used);
        assertThat(arena.reservedBytes).isEqualTo(reserved);
        assertThat(arena.pinnedBytes).isEqualTo(pinned);
        assertThat(store.objects.count()).isGreaterThanOrEqualTo(owners.size());
    }

    /** Ticks never rise, and children are older than parents. */
    private static void checkLists(StoreRig rig, TenantArena arena) {
        ObjectTable objects = rig.store().objects;
        for (Shape shape : arena.shapes()) {
            Map<Integer, Integer> places = new HashMap<>();
            long tick = Long.MAX_VALUE;
            for (int object = shape.newest;
                    object != ObjectTable.NONE;
                    object = objects.older(object)) {
                assertThat(objects.state(object)).isEqualTo(ObjectTable.COMMITTED);
                assertThat(objects.listed(object)).isTrue();
                assertThat(objects.tick(object)).isLessThanOrEqualTo(tick);
                tick = objects.tick(object);
                places.put(object, places.size());
            }
            places.forEach((object, place) -> {
                int parent = objects.parent(object);
                if (places.containsKey(parent)) {
                    assertThat(places.get(parent)).as("the parent is newer").isLessThan(place);
                }
            });
        }
    }
}
