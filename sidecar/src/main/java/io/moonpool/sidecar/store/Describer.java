// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Says where visible objects are, for other hosts. Nothing is pinned: the generation and checksum
 * that go along prove the bytes when they have landed.
 */
final class Describer {

    static final int SLOT_BYTES = 32;

    private final ObjectStore store;
    private final StoreMetrics metrics;
    private final BlockKey key = new BlockKey();

    Describer(ObjectStore store, StoreMetrics metrics) {
        this.store = store;
        this.metrics = metrics;
    }

    Description describe(byte[] layoutDigest, long epoch, byte[] hashes) {
        int count = hashes.length / BlockKey.HASH_BYTES;
        byte[] found = new byte[(count + 7) / 8];
        GroupLayout layout = store.layouts.find(layoutDigest);
        metrics.increment(StoreCount.DESCRIPTIONS);
        if (layout == null || layout.namespace.epoch != epoch) {
            return new Description(found, new byte[0], 0);
        }
        int[] objects = new int[count];
        int visible = find(layout, epoch, hashes, objects, found);
        store.order.raise(objects, 0, count);
        return new Description(
                found,
                slots(objects, visible * layout.shards.length),
                layout.namespace.arena.index);
    }

    private int find(GroupLayout layout, long epoch, byte[] hashes, int[] objects, byte[] found) {
        UnsafeBuffer source = new UnsafeBuffer(hashes);
        key.of(layout.ordinal, epoch);
        int visible = 0;
        for (int i = 0; i < objects.length; i++) {
            int object = store.find(key.hash(source, i * BlockKey.HASH_BYTES));
            boolean here = store.isVisible(object);
            objects[i] = here ? object : ObjectTable.NONE;
            if (here) {
                found[i >> 3] |= (byte) (1 << (i & 7));
                visible++;
            }
        }
        return visible;
    }

    private byte[] slots(int[] objects, int count) {
        ByteBuffer slots = ByteBuffer.allocate(count * SLOT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int object : objects) {
            if (object != ObjectTable.NONE) {
                putSlots(object, slots);
            }
        }
        return slots.hasRemaining()
                ? Arrays.copyOf(slots.array(), slots.position())
                : slots.array();
    }

    private void putSlots(int object, ByteBuffer slots) {
        for (int slot = store.objects.slotFirst(object);
                slot != ObjectTable.NONE;
                slot = store.slots.next(slot)) {
            slots.putLong(store.slabs.offset(slot))
                    .putLong(store.headers.fields().payloadBytes(slot))
                    .putLong(store.headers.generation(slot))
                    .putInt(store.headers.fields().crc32c(slot))
                    .putShort((short) store.headers.fields().shard(slot))
                    .putShort((short) 0);
        }
    }
}
