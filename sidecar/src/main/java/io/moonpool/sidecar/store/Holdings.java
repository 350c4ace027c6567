// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;

/** What the pool asks about the store's own objects: which there are, and to let go of some. */
final class Holdings {

    private static final int NONE = ObjectTable.NONE;

    private final ObjectStore store;
    private final Evictor evictor;
    private final PoolPort pool;
    private final BlockKey key = new BlockKey();
    private final UnsafeBuffer hash = new UnsafeBuffer(new byte[BlockKey.HASH_BYTES]);

    Holdings(ObjectStore store, Evictor evictor, PoolPort pool) {
        this.store = store;
        this.evictor = evictor;
        this.pool = pool;
    }

    private record Group(int layout, long epoch) {}

    /** Visible objects in no order, from a cursor that begins with 0. */
    Listing list(int cursor, int max) {
        Map<Group, ByteArrayOutputStream> runs = new LinkedHashMap<>();
        int end = Math.min(store.objects.highWater(), cursor + max);
        for (int object = cursor; object < end; object++) {
            if (store.objects.state(object) == ObjectTable.COMMITTED && isShared(object)) {
                collect(object, runs);
            }
        }
        return new Listing(end == store.objects.highWater() ? -1 : end, runs(runs));
    }

    /** Those that would be evicted next. */
    Listing coldest(int max) {
        Map<Group, ByteArrayOutputStream> runs = new LinkedHashMap<>();
        int left = max;
        for (TenantArena arena : arenas()) {
            for (Shape shape : arena.shapes()) {
                int object = shape.oldest;
                while (object != NONE && left > 0) {
                    if (store.objects.holds(object) == 0 && isShared(object)) {
                        collect(object, runs);
                        left--;
                    }
                    object = store.objects.newer(object);
                }
            }
        }
        return new Listing(-1, runs(runs));
    }

    private List<TenantArena> arenas() {
        return store.slabs.arenas();
    }

    private boolean isShared(int object) {
        return !store.layouts.of(object).namespace.isPrivate && !store.isStale(object);
    }

    private void collect(int object, Map<Group, ByteArrayOutputStream> runs) {
        store.objects.readKey(object, key).copyHash(hash, 0);
        runs.computeIfAbsent(new Group(key.layout, key.epoch), group -> new ByteArrayOutputStream())
                .writeBytes(hash.byteArray());
    }

    private List<Listing.Run> runs(Map<Group, ByteArrayOutputStream> runs) {
        List<Listing.Run> listed = new ArrayList<>();
        runs.forEach((group, hashes) ->
                listed.add(
                        new Listing.Run(
                                store.layouts.get(group.layout).info,
                                group.epoch,
                                hashes.toByteArray())));
        return List.copyOf(listed);
    }

    /** Lets go of these, but for those that somebody holds; returns how many went. */
    int drop(byte[] layoutDigest, long epoch, byte[] hashes) {
        GroupLayout layout = store.layouts.find(layoutDigest);
        int dropped = 0;
        for (int at = 0; layout != null && at < hashes.length; at += BlockKey.HASH_BYTES) {
            int object = find(layout, epoch, hashes, at);
            if (store.isVisible(object) && store.objects.holds(object) == 0) {
                evictor.evict(object);
                dropped++;
            }
        }
        return dropped;
    }

    /** Nobody finds these any more, whoever holds them. */
    void remove(byte[] layoutDigest, long epoch, byte[] hashes) {
        GroupLayout layout = store.layouts.find(layoutDigest);
        for (int at = 0; layout != null && at < hashes.length; at += BlockKey.HASH_BYTES) {
            int object = find(layout, epoch, hashes, at);
            if (store.isVisible(object)) {
                evictor.remove(object);
            }
        }
    }

    /** Removed objects that somebody still holds. */
    int leaving() {
        return store.leaving();
    }

    /** Says of each of these anew whether it is here. */
    void publishAnew(byte[] layoutDigest, long epoch, byte[] hashes) {
        GroupLayout layout = store.layouts.find(layoutDigest);
        for (int at = 0; layout != null && at < hashes.length; at += BlockKey.HASH_BYTES) {
            int object = find(layout, epoch, hashes, at);
            if (store.isVisible(object)) {
                store.publish(object);
            } else {
                // Under a number that is known on both sides, as the one it had is not any more.
                hash.putBytes(0, hashes, at, BlockKey.HASH_BYTES);
                pool.published(layout.ordinal, epoch, 0, hash);
                pool.retracted(layout.ordinal, epoch, 0, hash);
            }
        }
    }

    private int find(GroupLayout layout, long epoch, byte[] hashes, int at) {
        hash.putBytes(0, hashes, at, BlockKey.HASH_BYTES);
        return store.find(key.of(layout.ordinal, epoch).hash(hash, 0));
    }
}
