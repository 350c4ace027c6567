// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import org.agrona.DirectBuffer;

/** Answers who has what: memory before SSD, and each asking member starts at another replica. */
final class Locator {
    private final Tables tables;
    private final Inventory inventory;
    private final Probe probe = new Probe();
    private final int[] memory = new int[ObjectTable.REPLICAS_MAX];
    private final int[] ssd = new int[ObjectTable.REPLICAS_MAX];
    private int memoryCount;
    private int ssdCount;

    Locator(Tables tables) {
        this.tables = tables;
        this.inventory = tables.inventory;
    }

    void locate(
            Digest layout,
            long epoch,
            DirectBuffer hashes,
            int offset,
            int count,
            int asking,
            Locations answer) {
        answer.begin(count);
        int ordinal = tables.layouts.find(layout);
        int scope = ordinal == Layouts.NONE ? Scopes.NONE : inventory.scopes.find(ordinal, epoch);
        if (scope == Scopes.NONE) {
            answer.unknown();
            return;
        }
        long salt = inventory.scopes.salt(scope);
        for (int i = 0; i < count; i++) {
            int found = inventory.find(probe.of(scope, salt, hashes, offset + i * Digest.BYTES));
            if (found != Inventory.NONE) {
                gather(found, asking);
                give(i, inventory.objects.spread(found) ^ asking * 0x9E3779B9, answer);
            }
        }
    }

    private void gather(int object, int asking) {
        ObjectTable objects = inventory.objects;
        memoryCount = 0;
        ssdCount = 0;
        for (int place = objects.firstPlace(object);
                place != ObjectTable.NO_PLACE;
                place = objects.nextPlace(object, place)) {
            int handle = objects.handle(object, place);
            if (handle == asking || !tables.members.isLocated(handle)) {
                continue;
            }
            if (objects.tier(object, place) == Tier.MEMORY.code()) {
                memory[memoryCount++] = handle;
            } else {
                ssd[ssdCount++] = handle;
            }
        }
    }

    private void give(int object, int spread, Locations answer) {
        int given = Math.min(memoryCount, Locations.REPLICAS);
        int first = memoryCount < 2 ? 0 : Integer.remainderUnsigned(spread, memoryCount);
        for (int i = 0; i < given; i++) {
            answer.put(object, i, memory[(first + i) % memoryCount]);
        }
        for (int i = 0; i < ssdCount && given < Locations.REPLICAS; i++) {
            if (!isInMemory(ssd[i])) {
                answer.put(object, given++, ssd[i]);
            }
        }
    }

    private boolean isInMemory(int handle) {
        for (int i = 0; i < memoryCount; i++) {
            if (memory[i] == handle) {
                return true;
            }
        }
        return false;
    }
}
