// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.shm.session.SessionFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One attached process. A scheduler's has rings and jobs; a worker's proves by its lock that
 * somebody may be copying.
 */
final class Session {

    static final int LEASES_MAX = 256;
    static final int INTENTS_MAX = 1024;

    /** What may happen to a session, in this order. */
    enum State {
        /** It has its files; its rings are not looked at. */
        OPENED,
        ACTIVE,
        /** It broke the protocol, but its process may live. */
        CLOSED,
        /** Its process is dead, has said goodbye, or has another session. */
        GONE
    }

    final long id;
    final Engine engine;
    final SessionRole role;
    final int rank;
    final int pid;
    final boolean wantsEvents;
    final int doorbellTag;
    final SessionFile file;
    final Path path;

    /** Of the engine's groups, in their order. */
    final GroupLayout[] layouts;

    /** Of the same groups; 0 for full ones. */
    final int[] windowBlocks;

    final JobTable<Lease> leases = new JobTable<>(LEASES_MAX, Lease::new);
    final JobTable<Intent> intents = new JobTable<>(INTENTS_MAX, Intent::new);

    /** Of the next lookup; those of one that waits move away with it. */
    KeyStaging keys;

    final AnswerProxy answers;
    final CellStack cells;

    State state = State.OPENED;

    /** The same process's session before this one, of this life or an earlier; 0: none. */
    long previousId;

    /**
     * The same process's session before this one, whose intents an abort may still name; or null.
     */
    Session predecessor;

    /**
     * Once gone: sessions of the engine whose processes may copy for its jobs. Empty: nothing is
     * held back.
     */
    final List<Session> waitingFor = new ArrayList<>();

    Session(long id, Engine engine, SessionRequest request, Opened opened) {
        this.id = id;
        this.engine = engine;
        this.role = request.role();
        this.rank = request.rank();
        this.pid = request.pid();
        this.wantsEvents = request.wantsEvents();
        this.doorbellTag = opened.doorbellTag();
        this.file = opened.file();
        this.path = opened.path();
        this.layouts = opened.layouts().toArray(new GroupLayout[0]);
        this.windowBlocks = new int[layouts.length];
        for (int i = 0; i < layouts.length; i++) {
            windowBlocks[i] = request.groups().get(i).windowBlocks();
        }
        this.keys = role == SessionRole.SCHEDULER ? new KeyStaging(layouts.length) : null;
        this.answers = role == SessionRole.SCHEDULER ? new AnswerProxy(opened.file()) : null;
        this.cells = new CellStack(role == SessionRole.SCHEDULER ? LEASES_MAX : 0);
    }

    /** What was made for a session before it exists. */
    record Opened(SessionFile file, Path path, int doorbellTag, List<GroupLayout> layouts) {}

    TenantArena arena() {
        return engine.namespace.arena;
    }

    Namespace namespace() {
        return engine.namespace;
    }

    /** Its rings are polled and answered. */
    boolean isTalking() {
        return state == State.ACTIVE && role == SessionRole.SCHEDULER;
    }

    /** Position of a group in {@link #layouts}, or -1. */
    int indexOfGroup(int group) {
        for (int i = 0; i < layouts.length; i++) {
            if (layouts[i].group == group) {
                return i;
            }
        }
        return -1;
    }

    boolean hasJobs() {
        return leases.size() > 0 || intents.size() > 0;
    }
}
