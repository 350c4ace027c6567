// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;

/**
 * Publishes everything that is here once more, a few objects a duty cycle and never more than the
 * pool takes.
 */
final class Inventory {

    private static final int STEP = 1024;

    private final ObjectStore store;
    private final PoolPort pool;
    private final ArrayDeque<CompletableFuture<Void>> waiting = new ArrayDeque<>();
    private int cursor;
    private int end;
    private boolean going;

    Inventory(ObjectStore store, PoolPort pool) {
        this.store = store;
        this.pool = pool;
    }

    /** Begins, or begins afresh: who waits is told when all of it was published. */
    void announce(CompletableFuture<Void> done) {
        waiting.forEach(earlier -> earlier.cancel(false));
        waiting.clear();
        waiting.add(done);
        cursor = 0;
        end = store.objects.highWater();
        going = true;
    }

    /** Returns the work done. */
    int advance() {
        if (!going) {
            return 0;
        }
        int work = 0;
        for (int left = STEP; left > 0 && cursor < end && pool.room() > 0; left--) {
            if (store.objects.state(cursor) == ObjectTable.COMMITTED && !store.isStale(cursor)) {
                store.publish(cursor);
            }
            cursor++;
            work++;
        }
        if (cursor >= end) {
            going = false;
            waiting.forEach(done -> done.complete(null));
            waiting.clear();
            return 1;
        }
        return work;
    }
}
