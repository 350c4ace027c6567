// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Collects the objects that left and tells the sessions that want to know, in batches of one
 * layout. A hint: what does not fit into a completion ring is dropped.
 */
final class EvictionEvents {

    private static final int BATCH_MAX = 128;

    private final List<Session> sessions;
    private final StoreMetrics metrics;
    private final UnsafeBuffer hashes = new UnsafeBuffer(new byte[BATCH_MAX * BlockKey.HASH_BYTES]);
    private GroupLayout layout;
    private int count;

    /** {@code sessions}: those there are, whoever keeps the list. */
    EvictionEvents(List<Session> sessions, StoreMetrics metrics) {
        this.sessions = sessions;
        this.metrics = metrics;
    }

    void add(GroupLayout left, BlockKey key) {
        if (layout != left || count == BATCH_MAX) {
            flush();
            layout = left;
        }
        key.copyHash(hashes, count * BlockKey.HASH_BYTES);
        count++;
    }

    void flush() {
        if (count == 0) {
            return;
        }
        for (int i = 0; i < sessions.size(); i++) {
            Session session = sessions.get(i);
            boolean wants =
                    session.wantsEvents
                            && session.isTalking()
                            && session.namespace() == layout.namespace;
            if (wants && !session.answers.evicted(layout.group, hashes, count)) {
                metrics.increment(StoreCount.EVENTS_DROPPED);
            }
        }
        count = 0;
    }
}
