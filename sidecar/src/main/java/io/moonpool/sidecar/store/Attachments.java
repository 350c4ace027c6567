// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.proto.ring.ClosingReason;
import io.moonpool.shm.session.SessionFile;
import io.moonpool.shm.session.SessionIdentity;
import io.moonpool.shm.session.SessionLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Opens, activates and ends sessions. A session's slots are freed when no process of its engine
 * that was there at its end can still be copying.
 */
final class Attachments {

    private final StoreFiles files;
    private final StoreConfig config;
    private final SessionTable sessions;
    private final EngineTable engines;
    private final NamespaceTable namespaces;
    private final Quarantine quarantine;
    private final ObjectStore store;
    private final Lookups lookups;
    private final Saves saves;
    private final Budgets budgets;
    private final LeaseTransfer transfer;
    private final StoreMetrics metrics;
    private final long verifyBytesPerSecond;

    Attachments(
            StoreParts parts,
            Lookups lookups,
            Saves saves,
            Quarantine quarantine,
            long verifyBytesPerSecond) {
        this.files = parts.files();
        this.config = parts.config();
        this.sessions = parts.sessions();
        this.engines = parts.engines();
        this.namespaces = parts.namespaces();
        this.store = parts.store();
        this.budgets = parts.budgets();
        this.metrics = parts.metrics();
        this.lookups = lookups;
        this.saves = saves;
        this.quarantine = quarantine;
        this.transfer = new LeaseTransfer(store, lookups);
        this.verifyBytesPerSecond = verifyBytesPerSecond;
    }

    /** What was decided about a session whose file is still to be made. */
    record Opening(
            SessionRequest request,
            long sessionId,
            Engine engine,
            int doorbellTag,
            List<GroupLayout> layouts) {}

    /**
     * Checks a request against everything that is here; {@link #finish} or {@link #abandon} must
     * follow.
     */
    Opening begin(SessionRequest request, long sessionId) {
        TenantArena arena = files.arena(request.tenant());
        GroupLimits.check(request, config.slabBytes());
        if (sessions.all().size() >= config.sessionsMax()) {
            throw new StoreRefusal(
                    StoreRefusal.Code.EXHAUSTED,
                    "sessions: "
                            + config.sessionsMax()
                            + " are open; stop an engine, or raise sessions_max");
        }
        Namespace namespace = namespaces.intern(arena, request.namespace(), request.hashVector());
        OrphanSession orphan = quarantine.find(request.previousSessionId());
        Engine engine =
                engines.intern(request, namespace, orphan == null ? -1 : orphan.engineIndex());
        List<GroupLayout> layouts = new ArrayList<>();
        for (GroupSpec group : request.groups()) {
            layouts.add(
                    store.layouts.intern(
                            namespace, group, request.hashVector().hashBytes(), store.slabs));
        }
        int tag = request.role() == SessionRole.SCHEDULER ? sessions.takeTag() : 0;
        engine.openings++;
        return new Opening(request, sessionId, engine, tag, layouts);
    }

    void abandon(Opening opening) {
        opening.engine.openings--;
        sessions.freeTag(opening.doorbellTag);
    }

    /** Makes the session's file. Touches nothing else, so that another thread may do it. */
    SessionFile makeFile(Opening opening) {
        SessionRole role = opening.request.role();
        SessionLayout layout =
                role == SessionRole.WORKER
                        ? SessionLayout.worker()
                        : SessionLayout.scheduler(
                                Session.LEASES_MAX,
                                config.requestRingBytes(),
                                config.completionRingBytes());
        try {
            SessionIdentity identity =
                    new SessionIdentity(opening.sessionId, role.code(), files.bootId());
            return SessionFile.create(pathOf(opening), identity, layout);
        } catch (IOException e) {
            throw new StoreRefusal(
                    StoreRefusal.Code.EXHAUSTED,
                    "session file: "
                            + e.getMessage()
                            + "; enlarge the tmpfs of "
                            + config.runtimeDir(),
                    e);
        }
    }

    private Path pathOf(Opening opening) {
        return files.sessionPath(opening.engine.index, opening.sessionId);
    }

    SessionGrant finish(Opening opening, SessionFile file) {
        SessionRequest request = opening.request;
        Engine engine = opening.engine;
        Session.Opened opened =
                new Session.Opened(file, pathOf(opening), opening.doorbellTag, opening.layouts);
        Session session = new Session(opening.sessionId, engine, request, opened);
        engine.openings--;
        sessions.add(session);
        session.previousId = request.previousSessionId();
        metrics.increment(StoreCount.SESSIONS_OPENED);
        List<Long> lost = transfer.take(session, request.leases(), mayTransfer(session));
        return new SessionGrant(
                session.id,
                engine.index,
                engine.namespace.epoch,
                files.bootIdBytes(),
                session.doorbellTag,
                session.path,
                files.granted(session),
                warnings(engine.namespace, request),
                lost,
                config.lookupDeadlineMs(),
                verifyBytesPerSecond,
                budgets.leaseBudget(session.arena()));
    }

    /** Leases are taken over from a session of the same engine, or from one of an earlier life. */
    private boolean mayTransfer(Session session) {
        Session previous = sessions.get(session.previousId);
        return previous != null
                ? previous.engine == session.engine
                : quarantine.find(session.previousId) != null;
    }

    private List<String> warnings(Namespace namespace, SessionRequest request) {
        List<String> warnings = new ArrayList<>();
        Namespace other = namespaces.unsharable(namespace);
        if (other != null) {
            warnings.add(
                    "the KV cache can't be shared with namespace "
                            + other.label
                            + ": its block hashes are "
                            + other.hashVector.algorithm()
                            + ", this engine's are "
                            + request.hashVector().algorithm()
                            + ", and the test vectors differ; start all engines with the same hash"
                            + " algorithm (--prefix-caching-hash-algo sha256) or the same"
                            + " PYTHONHASHSEED");
        }
        return warnings;
    }

    void activate(long sessionId) {
        Session session = sessions.get(sessionId);
        if (session == null || session.state == Session.State.GONE) {
            throw new StoreRefusal(
                    StoreRefusal.Code.UNKNOWN_SESSION,
                    "session_id: " + sessionId + " has ended; attach again");
        }
        if (session.state != Session.State.OPENED) {
            return;
        }
        session.state = Session.State.ACTIVE;
        Session previous = sessions.get(session.previousId);
        if (previous != null && previous.engine == session.engine && previous != session) {
            session.predecessor = previous;
            end(previous, EndReason.SUPERSEDED, session);
        }
        quarantine.resolve(session.previousId);
    }

    void end(long sessionId, EndReason reason) {
        Session session = sessions.get(sessionId);
        if (session != null) {
            end(session, reason, null);
        }
    }

    private void end(Session session, EndReason reason, Session successor) {
        if (session.state == Session.State.GONE) {
            return;
        }
        if (reason == EndReason.VIOLATION) {
            close(session);
            return;
        }
        if (reason == EndReason.SUPERSEDED && session.isTalking()) {
            session.answers.closing(ClosingReason.SUPERSEDED);
            session.answers.flush();
        }
        if (reason == EndReason.DEAD) {
            metrics.increment(StoreCount.SESSIONS_DEAD);
        }
        session.state = Session.State.GONE;
        removeFile(session);
        for (Session other : session.engine.sessions) {
            if (other.state != Session.State.GONE && other != successor) {
                session.waitingFor.add(other);
            }
        }
        if (reason == EndReason.SUPERSEDED) {
            // What it still holds was listed by its successor.
            session.leases.all().forEach(lookups::end);
        }
    }

    /** It broke the protocol: no further word with it, but its process may be copying. */
    private void close(Session session) {
        if (session.state == Session.State.CLOSED) {
            return;
        }
        metrics.increment(StoreCount.VIOLATIONS);
        if (session.isTalking()) {
            session.answers.closing(ClosingReason.VIOLATION);
            session.answers.flush();
        }
        session.state = Session.State.CLOSED;
    }

    private static void removeFile(Session session) {
        session.file.close();
        try {
            Files.deleteIfExists(session.path);
        } catch (IOException e) {
            // It stays behind without a lock: the next start finds that nobody holds it, and
            // removes it.
            return;
        }
    }

    /** Frees what ended sessions held, once no process can touch it; returns the work done. */
    int reap() {
        int work = 0;
        List<Session> all = sessions.all();
        for (int i = all.size() - 1; i >= 0; i--) {
            Session session = all.get(i);
            if (session.state != Session.State.GONE) {
                continue;
            }
            if (session.hasJobs() && mayFree(session)) {
                session.leases.all().forEach(lookups::end);
                saves.endAll(session);
            }
            if (!session.hasJobs()) {
                sessions.remove(session);
                engines.removeIdle();
                work++;
            }
        }
        return work;
    }

    private static boolean mayFree(Session session) {
        for (int i = 0; i < session.waitingFor.size(); i++) {
            if (session.waitingFor.get(i).state != Session.State.GONE) {
                return false;
            }
        }
        return true;
    }
}
