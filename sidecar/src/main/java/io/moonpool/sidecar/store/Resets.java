// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.ArrayDeque;

/**
 * Raises the epochs of namespaces. In memory at once, so that nothing older is served from then on;
 * the answer follows when the ledger has it. What is older is reclaimed in small steps.
 */
final class Resets {

    private static final int RECLAIM_STEP = 256;

    private final ObjectStore store;
    private final Evictor evictor;
    private final LedgerWriter writer;
    private final PoolPort pool;
    private final StoreMetrics metrics;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private int cursor;
    private int remaining;

    Resets(
            ObjectStore store,
            Evictor evictor,
            LedgerWriter writer,
            PoolPort pool,
            StoreMetrics metrics) {
        this.pool = pool;
        this.store = store;
        this.evictor = evictor;
        this.writer = writer;
        this.metrics = metrics;
    }

    /**
     * {@code then} runs when an epoch above {@code ended} is durable; {@code failed} when it can't
     * be made so.
     */
    void reset(Namespace namespace, long ended, Runnable then, Runnable failed) {
        if (namespace.epoch <= ended) {
            // A client can't end an epoch that has not begun: whatever it says, it means the
            // present one.
            namespace.epoch++;
            metrics.increment(StoreCount.RESETS);
            remaining = store.objects.highWater();
        }
        if (namespace.durableEpoch >= namespace.epoch) {
            then.run();
            return;
        }
        waiting.add(new Waiting(namespace, namespace.epoch, then, failed));
        writer.raise(namespace, namespace.epoch);
    }

    /** The ledger has written, or failed to. */
    void written(Namespace namespace, long epoch, boolean durable) {
        if (durable) {
            namespace.durableEpoch = Math.max(namespace.durableEpoch, epoch);
            pool.raised(namespace.arena.tenant, namespace.digest, epoch);
        } else {
            metrics.increment(StoreCount.LEDGER_FAILURES);
        }
        waiting.removeIf(one -> {
            if (one.namespace != namespace || one.epoch > epoch) {
                return false;
            }
            (durable ? one.then : one.failed).run();
            return true;
        });
    }

    /** Drops some objects of ended epochs, if there may be any; returns the work done. */
    int reclaim() {
        if (remaining == 0) {
            return 0;
        }
        int step = Math.min(RECLAIM_STEP, remaining);
        remaining -= step;
        for (int i = 0; i < step; i++) {
            cursor = cursor + 1 < store.objects.highWater() ? cursor + 1 : 0;
            boolean evictable =
                    store.objects.state(cursor) == ObjectTable.COMMITTED
                            && store.objects.holds(cursor) == 0;
            if (evictable && store.isStale(cursor)) {
                evictor.evict(cursor);
            }
        }
        return 1;
    }

    private record Waiting(Namespace namespace, long epoch, Runnable then, Runnable failed) {}
}
