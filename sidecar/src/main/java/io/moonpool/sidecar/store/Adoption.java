// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.shm.headers.HeaderTable;
import io.moonpool.shm.headers.SlotFields;
import io.moonpool.shm.layout.SlotHeaderDescriptor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Rebuilds everything from the headers that an earlier life left. Whole committed objects are
 * visible again; slots that some process may still touch go to quarantine; all others are free
 * under a new generation. Runs once, before anybody is served.
 */
final class Adoption {

    private static final int NONE = ObjectTable.NONE;

    private final ObjectStore store;
    private final NamespaceTable namespaces;
    private final Quarantine quarantine;
    private final List<TenantArena> arenas;
    private final HeaderTable headers;
    private final SlotFields fields;
    private final long livingEngines;
    private final byte[] digest = new byte[SlotHeaderDescriptor.DIGEST_BYTES];
    private final UnsafeBuffer hash = new UnsafeBuffer(new byte[BlockKey.HASH_BYTES]);
    private final BlockKey key = new BlockKey();

    /** Slots of committed objects by object number, at the index of their shard. */
    private final Long2ObjectHashMap<int[]> committed = new Long2ObjectHashMap<>();

    private long objectsAdopted;
    private long slotsQuarantined;

    Adoption(
            ObjectStore store,
            NamespaceTable namespaces,
            Quarantine quarantine,
            List<TenantArena> arenas) {
        this.store = store;
        this.namespaces = namespaces;
        this.quarantine = quarantine;
        this.arenas = arenas;
        this.headers = store.headers;
        this.fields = headers.fields();
        this.livingEngines = quarantine.mask();
    }

    void run() {
        List<Integer> slabs = new ArrayList<>();
        for (int slab = 0; slab < headers.slabCount(); slab++) {
            if (headers.stride(slab) > 0) {
                slabs.add(slab);
                readSlab(slab);
            }
        }
        raiseEpochs();
        List<Integer> adopted = new ArrayList<>();
        for (int[] slots : committed.values()) {
            adoptObject(slots, adopted);
        }
        linkParents(adopted);
        slabs.forEach(store.slabs::endAdoption);
    }

    long objectsAdopted() {
        return objectsAdopted;
    }

    long slotsQuarantined() {
        return slotsQuarantined;
    }

    private void readSlab(int slab) {
        SizeClass sizeClass = store.slabs.beginAdoption(slab, headers.stride(slab));
        for (int index = 0; index < sizeClass.slotsPerSlab; index++) {
            int slot = headers.slot(slab, index);
            store.slots.object(slot, NONE);
            switch (headers.state(slot)) {
                case SlotHeaderDescriptor.COMMITTED -> collect(slot, sizeClass);
                case SlotHeaderDescriptor.RESERVED, SlotHeaderDescriptor.CORRUPT -> orphan(slot);
                default -> unpinFree(slot);
            }
        }
    }

    /** A crash between the two stores that free a slot leaves a pin on it. */
    private void unpinFree(int slot) {
        if (headers.pinnedBy(slot) != 0) {
            headers.pinnedBy(slot, 0);
        }
    }

    private void collect(int slot, SizeClass sizeClass) {
        int shard = fields.shard(slot);
        int shardCount = fields.shardCount(slot);
        boolean sound =
                shardCount >= 1
                        && shardCount <= GroupLimits.SHARDS_MAX
                        && shard < shardCount
                        && fields.payloadBytes(slot) >= 1
                        && fields.payloadBytes(slot) <= sizeClass.strideBytes()
                        && fields.arena(slot) == sizeClass.arena.index;
        if (!sound) {
            orphan(slot);
            return;
        }
        int[] slots = committed.get(fields.objectNumber(slot));
        if (slots == null) {
            slots = new int[shardCount];
            Arrays.fill(slots, NONE);
            committed.put(fields.objectNumber(slot), slots);
        }
        if (slots.length != shardCount || slots[shard] != NONE) {
            orphan(slot);
            return;
        }
        slots[shard] = slot;
    }

    /** The highest epoch that anything was saved under counts, should the ledger have lost it. */
    private void raiseEpochs() {
        for (int[] slots : committed.values()) {
            int slot = first(slots);
            Namespace namespace = namespaceOf(slot);
            namespace.epoch = Math.max(namespace.epoch, fields.epoch(slot));
        }
    }

    private static int first(int[] slots) {
        for (int slot : slots) {
            if (slot != NONE) {
                return slot;
            }
        }
        throw new IllegalStateException("an object without slots");
    }

    private Namespace namespaceOf(int slot) {
        fields.namespaceDigest(slot, digest, 0);
        return namespaces.intern(arenas.get(fields.arena(slot)), digest);
    }

    private void adoptObject(int[] slots, List<Integer> adopted) {
        int object = isWhole(slots) ? adopt(slots) : NONE;
        if (object == NONE) {
            for (int slot : slots) {
                if (slot != NONE) {
                    orphan(slot);
                }
            }
            return;
        }
        adopted.add(object);
        objectsAdopted++;
    }

    /** All shards are there, agree with each other, and belong to an epoch that counts. */
    private boolean isWhole(int[] slots) {
        int lead = slots[0];
        if (lead == NONE || fields.epoch(lead) < namespaceOf(lead).epoch) {
            return false;
        }
        byte[] leadHash = new byte[BlockKey.HASH_BYTES];
        byte[] otherHash = new byte[BlockKey.HASH_BYTES];
        fields.hash(lead, leadHash, 0);
        for (int slot : slots) {
            if (slot == NONE) {
                return false;
            }
            fields.hash(slot, otherHash, 0);
            boolean agrees =
                    Arrays.equals(leadHash, otherHash)
                            && fields.epoch(slot) == fields.epoch(lead)
                            && fields.group(slot) == fields.group(lead)
                            && namespaceOf(slot) == namespaceOf(lead);
            if (!agrees) {
                return false;
            }
        }
        return true;
    }

    /** The object, or NONE when another with its key is here already or tables are full. */
    private int adopt(int[] slots) {
        int lead = slots[0];
        GroupLayout layout = layoutOf(slots);
        fields.hash(lead, hash.byteArray(), 0);
        key.of(layout.ordinal, fields.epoch(lead)).hash(hash, 0);
        if (store.find(key) != NONE) {
            return NONE;
        }
        int object = store.objects.allocate(key, ObjectTable.COMMITTED);
        if (object == NONE) {
            return NONE;
        }
        store.objects.number(object, fields.objectNumber(lead));
        store.objects.position(object, fields.position(lead));
        long pinned = 0;
        for (int i = 0; i < slots.length; i++) {
            int next = i + 1 < slots.length ? slots[i + 1] : NONE;
            take(slots[i], object, next);
            pinned |= headers.pinnedBy(slots[i]);
        }
        store.objects.slotFirst(object, lead);
        store.index.add(key, object);
        layout.namespace.objects++;
        layout.namespace.arena.objects++;
        settle(object, pinned & livingEngines);
        return object;
    }

    private void settle(int object, long pinned) {
        if (pinned != 0) {
            for (int slot = store.objects.slotFirst(object);
                    slot != NONE;
                    slot = store.slots.next(slot)) {
                slotsQuarantined++;
            }
            quarantine.add(object, pinned);
        }
        store.writePins(object);
    }

    private GroupLayout layoutOf(int[] slots) {
        List<ShardSpec> shards = new ArrayList<>();
        for (int slot : slots) {
            shards.add(
                    new ShardSpec(
                            fields.layerFirst(slot),
                            fields.layerCount(slot),
                            fields.headFirst(slot),
                            fields.headCount(slot),
                            fields.payloadBytes(slot)));
        }
        GroupKind kind = GroupKind.of(fields.groupKind(slots[0]));
        GroupSpec spec =
                new GroupSpec(
                        fields.group(slots[0]), kind, fields.blockTokens(slots[0]), 0, shards);
        return store.layouts.intern(
                namespaceOf(slots[0]), spec, fields.hashBytes(slots[0]), store.slabs);
    }

    private void take(int slot, int object, int next) {
        store.slots.object(slot, object);
        store.slots.next(slot, next);
        store.slabs.adoptUsed(slot);
    }

    /** A slot that belongs to no object: free at once, or when nobody can touch it any more. */
    private void orphan(int slot) {
        long pinned = headers.pinnedBy(slot);
        if (headers.state(slot) == SlotHeaderDescriptor.RESERVED) {
            pinned |= SlotHeaderDescriptor.pinOf(fields.writer(slot));
        }
        if ((pinned & livingEngines) == 0) {
            headers.free(slot, store.nextGeneration(slot));
            return;
        }
        int object = store.objects.allocate(key.of(NONE, 0), ObjectTable.ORPHAN);
        if (object == NONE) {
            throw new StoreRefusal(
                    StoreRefusal.Code.UNAVAILABLE,
                    "the arena has more slots in quarantine than objects fit; remove the runtime"
                            + " directory");
        }
        take(slot, object, NONE);
        store.objects.slotFirst(object, slot);
        settle(object, pinned & livingEngines);
    }

    /** Parents first, so that each block finds the one before it listed and goes behind it. */
    private void linkParents(List<Integer> adopted) {
        adopted.sort((left, right) ->
                Integer.compare(store.objects.position(left), store.objects.position(right)));
        for (int object : adopted) {
            int lead = store.objects.slotFirst(object);
            fields.parentHash(lead, hash.byteArray(), 0);
            boolean hasParent = !Arrays.equals(hash.byteArray(), new byte[BlockKey.HASH_BYTES]);
            if (hasParent) {
                key.of(store.objects.layout(object), store.objects.epoch(object)).hash(hash, 0);
                store.objects.parent(object, store.find(key));
            }
        }
        for (int object : adopted) {
            if (store.objects.holds(object) == 0) {
                store.order.list(object);
            }
        }
    }
}
