// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.shm.layout.EntryDescriptor;
import io.moonpool.shm.layout.SlotHeaderDescriptor;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Takes over the leases that a client lists when it attaches again: each as a whole, or it is lost.
 */
final class LeaseTransfer {

    private final ObjectStore store;
    private final Lookups lookups;
    private final byte[] digest = new byte[SlotHeaderDescriptor.DIGEST_BYTES];

    LeaseTransfer(ObjectStore store, Lookups lookups) {
        this.store = store;
        this.lookups = lookups;
    }

    /** Job ids of the leases that could not be kept. */
    List<Long> take(Session session, List<ListedLease> listed, boolean allowed) {
        List<Long> lost = new ArrayList<>();
        for (ListedLease lease : listed) {
            if (!allowed || session.role != SessionRole.SCHEDULER || !take(session, lease)) {
                lost.add(lease.jobId());
            }
        }
        return lost;
    }

    private boolean take(Session session, ListedLease listed) {
        boolean possible =
                listed.jobId() != 0
                        && session.leases.get(listed.jobId()) == null
                        && !session.leases.isFull()
                        && listed.entries().length > 0
                        && listed.entries().length % EntryDescriptor.BYTES == 0;
        if (!possible) {
            return false;
        }
        Lease lease = session.leases.claim();
        lease.begin(session, listed.jobId());
        UnsafeBuffer entries = new UnsafeBuffer(listed.entries());
        int offset = 0;
        while (offset < entries.capacity()) {
            int taken = takeObject(lease, entries, offset);
            if (taken == 0) {
                session.leases.giveBack(lease);
                return false;
            }
            offset += taken;
        }
        lookups.resume(lease);
        return true;
    }

    /** Bytes of the entries of the next object if they are all as they were, else 0. */
    private int takeObject(Lease lease, UnsafeBuffer entries, int offset) {
        int slot = entries.getInt(offset + EntryDescriptor.SLOT_OFFSET, ByteOrder.LITTLE_ENDIAN);
        int object = objectAt(lease.session, slot);
        if (object == ObjectTable.NONE || store.objects.slotFirst(object) != slot) {
            return 0;
        }
        int at = offset;
        for (int shard = slot; shard != ObjectTable.NONE; shard = store.slots.next(shard)) {
            if (at + EntryDescriptor.BYTES > entries.capacity()
                    || !isUnchanged(entries, at, shard)) {
                return 0;
            }
            at += EntryDescriptor.BYTES;
        }
        lease.addObject(object);
        return at - offset;
    }

    private boolean isUnchanged(UnsafeBuffer entries, int at, int slot) {
        long word = entries.getLong(at + EntryDescriptor.WORD_OFFSET, ByteOrder.LITTLE_ENDIAN);
        return entries.getInt(at + EntryDescriptor.SLOT_OFFSET, ByteOrder.LITTLE_ENDIAN) == slot
                && word == store.headers.word(slot)
                && SlotHeaderDescriptor.state(word) == SlotHeaderDescriptor.COMMITTED;
    }

    /** The visible object of the session's namespace that has this slot, or NONE. */
    private int objectAt(Session session, int slot) {
        TenantArena arena = session.arena();
        boolean inArena = slot >= 0 && slot < store.headers.slotCount();
        int slab = inArena ? store.slots.slab(slot) : -1;
        boolean used =
                inArena
                        && store.slabs.arenaOf(slab) == arena
                        && store.slots.indexInSlab(slot) < store.slabs.touchedSlots(slab);
        int object = used ? store.slots.object(slot) : ObjectTable.NONE;
        if (!store.isVisible(object)) {
            return ObjectTable.NONE;
        }
        store.headers.fields().namespaceDigest(slot, digest, 0);
        return Arrays.equals(digest, session.namespace().digest) ? object : ObjectTable.NONE;
    }
}
