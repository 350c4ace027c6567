// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.proto.ring.LookupStatus;
import io.moonpool.proto.ring.MissReason;
import io.moonpool.shm.layout.LeaseCellDescriptor;
import io.moonpool.shm.layout.SlotHeaderDescriptor;
import io.moonpool.sidecar.store.checksum.ChecksumTask;

/**
 * Answers lookups with leases, and ends them. The answer is the lease: its pins are in the headers
 * before it is written.
 */
final class Lookups {

    private final ObjectStore store;
    private final HitFinder finder;
    private final ChecksumFeeder feeder;
    private final Budgets budgets;
    private final GhostTable ghosts;
    private final EvictionEvents events;
    private final Staging staging;
    private final StoreMetrics metrics;
    private final BlockKey scratch = new BlockKey();

    Lookups(
            ObjectStore store,
            GhostTable ghosts,
            ChecksumFeeder feeder,
            Budgets budgets,
            EvictionEvents events,
            Staging staging,
            StoreMetrics metrics) {
        this.store = store;
        this.finder = new HitFinder(store, ghosts);
        this.feeder = feeder;
        this.budgets = budgets;
        this.ghosts = ghosts;
        this.events = events;
        this.staging = staging;
        this.metrics = metrics;
    }

    void lookup(Session session, LookupRequest request) {
        lookup(session, request, true);
    }

    /** A lookup that has waited for other hosts: now it is answered with what is here. */
    void resume(WaitingLookup waiting) {
        Session session = waiting.session;
        KeyStaging next = session.keys;
        session.keys = waiting.keys;
        lookup(session, waiting.request, false);
        session.keys = next;
    }

    private void lookup(Session session, LookupRequest request, boolean mayWait) {
        long start = System.nanoTime();
        answer(session, request, mayWait);
        session.keys.clear(0);
        metrics.increment(StoreCount.LOOKUPS);
        metrics.add(StoreCount.LOOKUP_NANOS, System.nanoTime() - start);
    }

    private void answer(Session session, LookupRequest request, boolean mayWait) {
        if (!session.keys.isFor(request.jobId)) {
            session.keys.clear(request.jobId);
        }
        LookupStatus refused = refuse(session, request);
        if (refused != LookupStatus.OK) {
            noHit(session, request, refused, MissReason.NONE, false);
            return;
        }
        long boundary = finder.choose(request.maxTokens);
        if (mayWait
                && finder.mayGrow(boundary, request.maxTokens)
                && staging.defer(session, request, finder)) {
            return;
        }
        metrics.add(StoreCount.LOOKUP_BLOCKS, session.keys.total());
        MissReason reason = finder.reason(boundary, request.maxTokens);
        long affordable = affordable(session, boundary);
        if (affordable < boundary) {
            boundary = affordable;
            reason = MissReason.OVER_BUDGET;
        }
        countMiss(reason);
        if (boundary == 0) {
            noHit(session, request, LookupStatus.OK, reason, true);
        } else {
            grant(session, request, boundary, reason);
        }
    }

    private LookupStatus refuse(Session session, LookupRequest request) {
        long epoch = session.namespace().epoch;
        if (request.epoch < epoch) {
            metrics.increment(StoreCount.STALE_EPOCHS);
            return LookupStatus.STALE_EPOCH;
        }
        boolean wellFormed =
                request.jobId != 0
                        && request.epoch == epoch
                        && request.maxTokens >= 0
                        && !session.keys.isMalformed()
                        && !session.leases.isFull()
                        && session.leases.get(request.jobId) == null
                        && !staging.isWaiting(session, request.jobId)
                        && finder.probe(session, request.localTokens, request.alignTokens);
        if (!wellFormed) {
            metrics.increment(StoreCount.MALFORMED);
        }
        return wellFormed ? LookupStatus.OK : LookupStatus.MALFORMED;
    }

    private void noHit(
            Session session,
            LookupRequest request,
            LookupStatus status,
            MissReason reason,
            boolean probed) {
        if (!session.answers.noHit(
                request.jobId, status, reason, probed ? finder : null, session)) {
            metrics.increment(StoreCount.ANSWERS_DROPPED);
        }
    }

    /** The longest boundary up to this one that budget and ring have room for. */
    private long affordable(Session session, long boundary) {
        if (boundary == 0 || fits(session, boundary)) {
            return boundary;
        }
        long bytes = budgets.leaseBytesLeft(session.engine);
        long cut = finder.choose(Math.min(boundary, finder.affordable(bytes)));
        while (cut > 0 && !fits(session, cut)) {
            cut = finder.choose(cut / 2);
        }
        return cut;
    }

    private boolean fits(Session session, long boundary) {
        long left = budgets.leaseBytesLeft(session.engine);
        return entryCount(session, boundary) <= session.answers.entriesMax()
                && (finder.costMax(boundary) <= left || finder.cost(boundary) <= left);
    }

    private long entryCount(Session session, long boundary) {
        long entries = 0;
        for (int group = 0; group < session.layouts.length; group++) {
            long blocks =
                    (long) finder.endLeased(group, boundary) - finder.firstLeased(group, boundary);
            entries += blocks * session.layouts[group].shards.length;
        }
        return entries;
    }

    private void grant(Session session, LookupRequest request, long boundary, MissReason reason) {
        Lease lease = session.leases.claim();
        lease.begin(session, request.jobId);
        for (int group = 0; group < session.layouts.length; group++) {
            int end = finder.endLeased(group, boundary);
            for (int block = finder.firstLeased(group, boundary); block < end; block++) {
                lease.addObject(finder.objectAt(group, block));
            }
        }
        begin(lease);
        int entries = (int) entryCount(session, boundary);
        boolean told =
                session.answers.entries(lease, store, SlotHeaderDescriptor.COMMITTED)
                        && session.answers.hit(lease, entries, boundary, reason, finder);
        if (!told) {
            metrics.increment(StoreCount.ANSWERS_DROPPED);
            end(lease);
            return;
        }
        metrics.add(StoreCount.HIT_BLOCKS, lease.objectCount);
        metrics.add(StoreCount.HIT_TOKENS, boundary - request.localTokens);
        feeder.add(lease);
    }

    /** A lease of a session before this one: verified anew, in a cell that shows its job id. */
    void resume(Lease lease) {
        begin(lease);
        feeder.add(lease);
    }

    /** Pins the objects of a lease and gives it its cell. */
    private void begin(Lease lease) {
        Session session = lease.session;
        for (int i = 0; i < lease.objectCount; i++) {
            store.pin(lease.objects[i], session.engine);
        }
        lease.keptObjects = lease.objectCount;
        lease.cell = session.cells.pop();
        session.file.cells().claim(lease.cell, lease.jobId);
        session.leases.add(lease);
    }

    /** Raises the recency of what is here. */
    void prefetch(Session session, LookupRequest request) {
        boolean wellFormed =
                request.epoch == session.namespace().epoch
                        && session.keys.isFor(request.jobId)
                        && !session.keys.isMalformed()
                        && finder.probe(session, request.localTokens, request.alignTokens);
        for (int group = 0; wellFormed && group < session.layouts.length; group++) {
            finder.raise(group);
        }
        if (wellFormed && finder.mayGrow(finder.choose(request.maxTokens), request.maxTokens)) {
            staging.prefetch(session, request, finder);
        }
        session.keys.clear(0);
        metrics.increment(StoreCount.PREFETCHES);
    }

    void release(Session session, long jobId, long keepEntries) {
        Lease lease = session.leases.get(jobId);
        if (lease == null || lease.released) {
            return;
        }
        int kept = keepEntries == 0 ? 0 : objectsOf(lease, keepEntries);
        if (kept == 0) {
            metrics.increment(StoreCount.RELEASES);
            end(lease);
        } else if (kept < lease.keptObjects) {
            lease.keptObjects = kept;
            settle(lease);
        }
    }

    /** Objects that have any of the first entries. */
    private int objectsOf(Lease lease, long entries) {
        long left = entries;
        int count = 0;
        while (count < lease.keptObjects && left > 0) {
            left -= store.layouts.of(lease.objects[count]).shards.length;
            count++;
        }
        return count;
    }

    void end(Lease lease) {
        lease.released = true;
        lease.keptObjects = 0;
        settle(lease);
    }

    /**
     * Unpins what is not kept, once no checksum thread reads for the lease. In order: each block
     * then finds the one before it listed, and need not look further.
     */
    private void settle(Lease lease) {
        if (lease.inFlight > 0) {
            return;
        }
        for (int i = lease.keptObjects; i < lease.objectCount; i++) {
            store.unpin(lease.objects[i], lease.session.engine);
        }
        raise(lease);
        lease.cut(lease.keptObjects);
        if (lease.released) {
            lease.session.cells.push(lease.cell);
            feeder.remove(lease);
            lease.session.leases.remove(lease);
        }
    }

    /**
     * What was leased is the newest now, each group's run by itself; what is still held is not
     * listed.
     */
    private void raise(Lease lease) {
        if (lease.keptObjects == lease.objectCount) {
            return;
        }
        int end = lease.objectCount;
        for (int i = end - 1; i >= 0; i--) {
            if (i == 0
                    || store.objects.layout(lease.objects[i - 1])
                            != store.objects.layout(lease.objects[i])) {
                store.order.raise(lease.objects, i, end);
                end = i;
            }
        }
    }

    /** A run of a lease came back: the mark follows, a corrupt block leaves. */
    void runDone(Lease lease, ChecksumTask task) {
        lease.inFlight--;
        if (task.good < task.count) {
            corrupt(store.slots.object(task.slots[task.good]));
        }
        if (lease.runDone(task) && !lease.released) {
            publishMark(lease);
        }
        settle(lease);
    }

    private void publishMark(Lease lease) {
        if (lease.session.state == Session.State.GONE) {
            return;
        }
        int state = LeaseCellDescriptor.VERIFYING;
        if (lease.failed) {
            state = LeaseCellDescriptor.FAILED;
        } else if (lease.isComplete()) {
            state = LeaseCellDescriptor.COMPLETE;
        }
        lease.session.file.cells().mark(lease.cell, lease.verifiedEntries, state);
        if (state != LeaseCellDescriptor.VERIFYING && lease.session.isTalking()) {
            lease.session.answers.touch();
        }
    }

    private void corrupt(int object) {
        if (store.objects.state(object) != ObjectTable.COMMITTED) {
            return;
        }
        GroupLayout layout = store.layouts.of(object);
        ghosts.remember(store.objects.readKey(object, scratch), GhostTable.CORRUPT);
        events.add(layout, scratch);
        metrics.increment(StoreCount.BLOCKS_CORRUPT);
        store.corrupt(object);
    }

    private void countMiss(MissReason reason) {
        switch (reason) {
            case NEVER_STORED -> metrics.increment(StoreCount.MISS_NEVER_STORED);
            case EVICTED -> metrics.increment(StoreCount.MISS_EVICTED);
            case IN_PROGRESS -> metrics.increment(StoreCount.MISS_IN_PROGRESS);
            case CORRUPT -> metrics.increment(StoreCount.MISS_CORRUPT);
            case OVER_BUDGET -> metrics.increment(StoreCount.MISS_OVER_BUDGET);
            case WINDOW -> metrics.increment(StoreCount.MISS_WINDOW);
            case RESET -> metrics.increment(StoreCount.MISS_RESET);
            case NONE, NULL_VAL -> {}
        }
    }
}
