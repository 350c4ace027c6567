// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What the control plane may ask of the store, from any thread. The store's own thread completes
 * the futures, so continuations belong on an executor. Refusals are {@link StoreRefusal}.
 */
public interface StoreControl {

    /**
     * Makes session, files and budget; a previous session goes on until the new one is activated.
     */
    CompletableFuture<SessionGrant> open(SessionRequest request);

    /** The process has locked its session file: the session takes part, its previous one ends. */
    CompletableFuture<Void> activate(long sessionId);

    /**
     * Ends a session; unknown ids are ignored. A session that ended for a violation is to be ended
     * DEAD as well.
     */
    CompletableFuture<Void> end(long sessionId, EndReason reason);

    /** Sessions of earlier sidecars that are neither attached again nor dead. */
    CompletableFuture<List<OrphanSession>> orphans();

    /** The process of this orphan is proven dead by its lock; unknown ids are ignored. */
    CompletableFuture<Void> orphanDead(long sessionId);

    CompletableFuture<StoreSnapshot> snapshot();

    /**
     * Tells each session that the sidecar goes away, and turns no further. Leases stay in the
     * header table.
     */
    CompletableFuture<Void> shutdown();
}
