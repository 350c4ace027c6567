// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.shm.headers.HeaderTable;
import io.moonpool.shm.headers.SlotBody;
import io.moonpool.shm.layout.SlotHeaderDescriptor;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The life of an object, from reserved over visible to gone, and who holds it. Every transition of
 * every slot header is made here, and all counts of bytes with it; nothing here allocates, locks or
 * waits.
 *
 * <pre>
 *   reserve ──▶ RESERVED ──commit──▶ COMMITTED ──drop──▶ (free)
 *                  └──drop──▶ (free)     ├──corrupt──▶ CORRUPT ──last hold falls──▶ (free)
 *                                        └──remove──▶ REMOVED ──last hold falls──▶ (free)
 * </pre>
 */
final class ObjectStore {

    static final int NONE = ObjectTable.NONE;

    final ObjectTable objects;
    final ObjectIndex index;
    final LayoutTable layouts;
    final SlotTable slots;
    final SlabAllocator slabs;
    final EvictionOrder order;
    final HeaderTable headers;

    private final PoolPort pool;
    private final EnginePins pins;
    private final long generationBase;
    private final SlotBody body = new SlotBody().clear();
    private final UnsafeBuffer hash = new UnsafeBuffer(new byte[BlockKey.HASH_BYTES]);
    private final BlockKey scratch = new BlockKey();

    /** Removed objects that somebody holds. */
    private int leaving;

    ObjectStore(
            StoreMemory memory,
            HeaderTable headers,
            SlabAllocator slabs,
            int bootCount,
            PoolPort pool) {
        this.pool = pool;
        this.objects = memory.objects();
        this.index = memory.index();
        this.layouts = memory.layouts();
        this.slots = memory.slots();
        this.pins = memory.pins();
        this.slabs = slabs;
        this.order = new EvictionOrder(objects, layouts);
        this.headers = headers;
        this.generationBase = SlotHeaderDescriptor.generation(bootCount, 0);
    }

    /** The visible or reserved object with this key, or NONE. */
    int find(BlockKey key) {
        return index.find(key);
    }

    boolean isVisible(int object) {
        return object != NONE && objects.state(object) == ObjectTable.COMMITTED;
    }

    /**
     * A reserved object that has its slots already, chained from the first on; the grant may be
     * told after this.
     */
    void reserve(
            int object, BlockKey key, Engine engine, DirectBuffer parentHash, int parentOffset) {
        GroupLayout layout = layouts.of(object);
        key.copyHash(hash, 0);
        body.epoch(key.epoch)
                .hash(hash, 0, layout.hashBytes)
                .namespaceDigest(layout.namespace.digestBuffer, 0)
                .group(layout.group, layout.kind.code())
                .blockTokens(layout.blockTokens)
                .position(objects.position(object))
                .writer(engine.index)
                .arena(layout.namespace.arena.index)
                .objectNumber(objects.number(object));
        if (parentHash == null) {
            body.noParentHash();
        } else {
            body.parentHash(parentHash, parentOffset);
        }
        int slot = objects.slotFirst(object);
        for (int shard = 0; shard < layout.shards.length; shard++) {
            ShardSpec spec = layout.shards[shard];
            body.shard(shard, layout.shards.length)
                    .payloadBytes(spec.slotBytes())
                    .layers(spec.layerFirst(), spec.layerCount())
                    .heads(spec.headFirst(), spec.headCount());
            headers.reserve(slot, nextGeneration(slot), body);
            slabs.hold(slot);
            slot = slots.next(slot);
        }
        index.add(key, object);
        layout.namespace.objects++;
        layout.namespace.arena.reservedBytes += layout.objectBytes();
        engine.reservedBytes += layout.objectBytes();
    }

    /**
     * RESERVED to COMMITTED, the whole object; {@code crcs} one a shard. Held until {@link
     * #removeHold}.
     */
    void commit(int object, Engine engine, int[] crcs, int firstCrc) {
        GroupLayout layout = layouts.of(object);
        int shard = firstCrc;
        for (int slot = objects.slotFirst(object); slot != NONE; slot = slots.next(slot)) {
            headers.commit(slot, crcs[shard++]);
            headers.pinnedBy(slot, 0);
        }
        endReservation(layout, engine);
        objects.state(object, ObjectTable.COMMITTED);
        // The slabs are held for the reservation already.
        objects.holds(object, 1);
        layout.namespace.arena.objects++;
        publish(object);
    }

    /** Tells the pool that it is here. */
    void publish(int object) {
        GroupLayout layout = layouts.of(object);
        if (!layout.namespace.isPrivate) {
            objects.readKey(object, scratch).copyHash(hash, 0);
            pool.published(layout.ordinal, scratch.epoch, objects.number(object), hash);
        }
    }

    private void retract(int object) {
        GroupLayout layout = layouts.of(object);
        if (!layout.namespace.isPrivate) {
            objects.readKey(object, scratch).copyHash(hash, 0);
            pool.retracted(layout.ordinal, scratch.epoch, objects.number(object), hash);
        }
    }

    /** A reserved object whose writer gave it up, or can't write any more. */
    void abort(int object, Engine engine) {
        endReservation(layouts.of(object), engine);
        unholdSlots(object);
        unindex(object);
        free(object);
    }

    private void endReservation(GroupLayout layout, Engine engine) {
        layout.namespace.arena.reservedBytes -= layout.objectBytes();
        engine.reservedBytes -= layout.objectBytes();
    }

    /** One lease more of this engine; in the headers before it returns. */
    void pin(int object, Engine engine) {
        if (pins.add(object, engine.index) > 1) {
            return;
        }
        long before = objects.engineMask(object);
        long bytes = layouts.of(object).shape.objectBytes;
        if (before == 0) {
            engine.namespace.arena.pinnedBytes += bytes;
        }
        engine.pinnedBytes += bytes;
        objects.engineMask(object, before | engine.bit());
        addHold(object);
        writePins(object);
    }

    /** One lease less. */
    void unpin(int object, Engine engine) {
        if (pins.remove(object, engine.index) > 0) {
            return;
        }
        long after = objects.engineMask(object) & ~engine.bit();
        long bytes = layouts.of(object).shape.objectBytes;
        if (after == 0) {
            engine.namespace.arena.pinnedBytes -= bytes;
        }
        engine.pinnedBytes -= bytes;
        objects.engineMask(object, after);
        writePins(object);
        removeHold(object);
    }

    /** True when a lease of this engine would cost nothing of its budget. */
    boolean isPinnedBy(int object, Engine engine) {
        return (objects.engineMask(object) & engine.bit()) != 0;
    }

    /** A reason more not to evict. */
    void addHold(int object) {
        int holds = objects.holds(object);
        objects.holds(object, holds + 1);
        if (holds == 0) {
            for (int slot = objects.slotFirst(object); slot != NONE; slot = slots.next(slot)) {
                slabs.hold(slot);
            }
        }
    }

    /**
     * A reason less; the last one makes it evictable again, or frees what nobody may find any more.
     */
    void removeHold(int object) {
        int holds = objects.holds(object) - 1;
        objects.holds(object, holds);
        if (holds > 0) {
            return;
        }
        unholdSlots(object);
        int state = objects.state(object);
        if (state != ObjectTable.COMMITTED) {
            leaving -= state == ObjectTable.REMOVED ? 1 : 0;
            free(object);
        } else if (isStale(object)) {
            drop(object);
        } else if (!objects.listed(object)) {
            order.list(object);
        }
    }

    /** Of an epoch before the last reset: nobody can ask for it any more. */
    boolean isStale(int object) {
        return objects.epoch(object) < layouts.of(object).namespace.epoch;
    }

    /** Ends a visible object that nobody holds. */
    void drop(int object) {
        order.remove(object);
        retract(object);
        layouts.of(object).namespace.arena.objects--;
        unindex(object);
        free(object);
    }

    /** Ends a visible object, whoever holds it: those may go on, and nobody else finds it. */
    void remove(int object) {
        if (objects.holds(object) == 0) {
            drop(object);
            return;
        }
        order.remove(object);
        retract(object);
        layouts.of(object).namespace.arena.objects--;
        unindex(object);
        objects.state(object, ObjectTable.REMOVED);
        leaving++;
    }

    /** Removed objects whose slots still wait for the last hold. */
    int leaving() {
        return leaving;
    }

    /**
     * A visible object that fails its checksum leaves at once; its slots wait for the last hold.
     */
    void corrupt(int object) {
        order.remove(object);
        retract(object);
        layouts.of(object).namespace.arena.objects--;
        unindex(object);
        objects.state(object, ObjectTable.CORRUPT);
        for (int slot = objects.slotFirst(object); slot != NONE; slot = slots.next(slot)) {
            headers.corrupt(slot);
        }
        if (objects.holds(object) == 0) {
            free(object);
        }
    }

    /** Writes both kinds of pins to the headers of all slots. */
    void writePins(int object) {
        long mask = objects.engineMask(object) | objects.quarantineMask(object);
        for (int slot = objects.slotFirst(object); slot != NONE; slot = slots.next(slot)) {
            headers.pinnedBy(slot, mask);
        }
    }

    TenantArena arenaOf(int object) {
        return slabs.arenaOf(slots.slab(objects.slotFirst(object)));
    }

    /** Bytes that its slots take in the arena. */
    long bytesOf(int object) {
        long bytes = 0;
        for (int slot = objects.slotFirst(object); slot != NONE; slot = slots.next(slot)) {
            bytes += slabs.classOf(slot).strideBytes();
        }
        return bytes;
    }

    long nextGeneration(int slot) {
        return Math.max(headers.generation(slot), generationBase) + 1;
    }

    private void unindex(int object) {
        index.remove(objects.readKey(object, scratch), object);
        layouts.of(object).namespace.objects--;
    }

    private void unholdSlots(int object) {
        for (int slot = objects.slotFirst(object); slot != NONE; slot = slots.next(slot)) {
            slabs.unhold(slot);
        }
    }

    private void free(int object) {
        int slot = objects.slotFirst(object);
        while (slot != NONE) {
            int following = slots.next(slot);
            headers.free(slot, nextGeneration(slot));
            slabs.free(slot);
            slot = following;
        }
        objects.free(object);
    }
}
