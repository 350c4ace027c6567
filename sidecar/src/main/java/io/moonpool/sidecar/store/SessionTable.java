// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * Sessions by id, and in the order in which their rings are polled; ended ones stay as long as they
 * hold something.
 */
final class SessionTable {

    private static final int TAGS = 256;

    private final Long2ObjectHashMap<Session> byId = new Long2ObjectHashMap<>();
    private final List<Session> all = new ArrayList<>();

    /** Tag 0 is the sidecar's own. */
    private final boolean[] tagUsed = new boolean[TAGS];

    Session get(long id) {
        return byId.get(id);
    }

    /** A live list: whoever iterates must not add or remove. */
    List<Session> all() {
        return all;
    }

    void add(Session session) {
        byId.put(session.id, session);
        all.add(session);
        session.engine.sessions.add(session);
    }

    void remove(Session session) {
        byId.remove(session.id);
        all.remove(session);
        session.engine.sessions.remove(session);
        freeTag(session.doorbellTag);
        for (Session other : all) {
            other.waitingFor.remove(session);
            if (other.predecessor == session) {
                other.predecessor = session.predecessor;
            }
        }
    }

    /** A tag for the doorbell values of a scheduler. */
    int takeTag() {
        for (int tag = 1; tag < TAGS; tag++) {
            if (!tagUsed[tag]) {
                tagUsed[tag] = true;
                return tag;
            }
        }
        throw new StoreRefusal(
                StoreRefusal.Code.EXHAUSTED,
                "role: " + (TAGS - 1) + " schedulers are attached; stop one first");
    }

    void freeTag(int tag) {
        tagUsed[tag] = false;
    }
}
