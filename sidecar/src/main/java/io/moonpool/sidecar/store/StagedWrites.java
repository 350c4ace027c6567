// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.sidecar.store.StageGrant.SlotPlace;
import io.moonpool.sidecar.store.StageGrant.Target;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;

/** Slots for blocks from other hosts: granted, and made visible when their bytes proved right. */
final class StagedWrites {

    private static final int NONE = ObjectTable.NONE;

    private final ObjectStore store;
    private final Reserver reserver;
    private final StoreMetrics metrics;
    private final BlockKey key = new BlockKey();

    /** Who writes for a namespace: its reservations count like an engine's. */
    private final Map<Namespace, Engine> writers = new IdentityHashMap<>();

    StagedWrites(ObjectStore store, Reserver reserver, StoreMetrics metrics) {
        this.store = store;
        this.reserver = reserver;
        this.metrics = metrics;
    }

    StageGrant reserve(StagingJob job, int group, int[] blocks) {
        StagingJob.Ask ask = job.groups().get(group);
        GroupLayout layout = store.layouts.get(ask.layout().ordinal());
        List<Target> targets = new ArrayList<>();
        if (job.epoch() == layout.namespace.epoch) {
            UnsafeBuffer hashes = new UnsafeBuffer(ask.hashes());
            int parent = NONE;
            for (int block : blocks) {
                parent = parentOf(layout, job, hashes, block);
                int object = reserve(layout, job, hashes, block, parent, ask.firstBlock() + block);
                if (object != NONE) {
                    targets.add(new Target(block, object, places(object)));
                } else if (!isHere(layout, job, hashes, block)) {
                    metrics.increment(StoreCount.BLOCKS_NO_SPACE);
                    if (layout.kind == GroupKind.FULL) {
                        break;
                    }
                }
            }
        }
        return new StageGrant(job, group, layout.namespace.arena.index, List.copyOf(targets));
    }

    private int parentOf(GroupLayout layout, StagingJob job, UnsafeBuffer hashes, int block) {
        return block == 0 ? NONE : store.find(at(layout, job, hashes, block - 1));
    }

    private boolean isHere(GroupLayout layout, StagingJob job, UnsafeBuffer hashes, int block) {
        return store.find(at(layout, job, hashes, block)) != NONE;
    }

    private BlockKey at(GroupLayout layout, StagingJob job, UnsafeBuffer hashes, int block) {
        return key.of(layout.ordinal, job.epoch()).hash(hashes, block * BlockKey.HASH_BYTES);
    }

    private int reserve(
            GroupLayout layout,
            StagingJob job,
            UnsafeBuffer hashes,
            int block,
            int parent,
            int position) {
        if (isHere(layout, job, hashes, block)) {
            return NONE;
        }
        return reserver.reserve(
                at(layout, job, hashes, block),
                writer(layout.namespace),
                parent,
                position,
                block == 0 ? null : hashes,
                (block - 1) * BlockKey.HASH_BYTES);
    }

    private Engine writer(Namespace namespace) {
        return writers.computeIfAbsent(namespace, Engine::sidecar);
    }

    private List<SlotPlace> places(int object) {
        List<SlotPlace> places = new ArrayList<>();
        for (int slot = store.objects.slotFirst(object);
                slot != NONE;
                slot = store.slots.next(slot)) {
            places.add(
                    new SlotPlace(
                            slot,
                            store.slabs.offset(slot),
                            store.headers.fields().payloadBytes(slot)));
        }
        return List.copyOf(places);
    }

    /** Returns how many objects became visible. */
    int commit(StageGrant grant, boolean[] good, int[] crcs) {
        GroupLayout layout = layoutOf(grant);
        boolean current = grant.job().epoch() == layout.namespace.epoch;
        int firstCrc = 0;
        int stored = 0;
        for (int i = 0; i < grant.objects().size(); i++) {
            Target target = grant.objects().get(i);
            if (good[i] && current) {
                store.commit(target.object(), writer(layout.namespace), crcs, firstCrc);
                stored++;
            } else {
                store.abort(target.object(), writer(layout.namespace));
            }
            firstCrc += target.slots().size();
        }
        release(grant, good, current);
        metrics.add(StoreCount.BLOCKS_STAGED, stored);
        metrics.add(StoreCount.BYTES_STAGED, stored * layout.payloadBytes());
        return stored;
    }

    /** In their order, so that each finds the one before it listed. */
    private void release(StageGrant grant, boolean[] good, boolean current) {
        for (int i = 0; current && i < grant.objects().size(); i++) {
            if (good[i]) {
                store.removeHold(grant.objects().get(i).object());
            }
        }
    }

    private GroupLayout layoutOf(StageGrant grant) {
        return store.layouts.get(grant.job().groups().get(grant.group()).layout().ordinal());
    }
}
