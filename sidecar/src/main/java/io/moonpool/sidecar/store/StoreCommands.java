// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.shm.session.SessionFile;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Turns the control plane's calls into commands of the store's thread, and what may wait into work
 * of another thread.
 */
final class StoreCommands implements StoreControl {

    private final StoreAgent agent;
    private final StoreParts parts;
    private final StoreVerbs verbs;
    private final Runnable wake;

    /** For what waits for a disk or for memory. */
    private final Executor slow;

    private final SecureRandom random = new SecureRandom();

    private volatile boolean stopped;

    StoreCommands(
            StoreAgent agent, StoreParts parts, StoreVerbs verbs, Executor slow, Runnable wake) {
        this.agent = agent;
        this.parts = parts;
        this.verbs = verbs;
        this.slow = slow;
        this.wake = wake;
    }

    /** The store turns no more: who asks from now on is refused. */
    void stop() {
        stopped = true;
    }

    boolean isStopped() {
        return stopped;
    }

    @Override
    public CompletableFuture<SessionGrant> open(SessionRequest request) {
        long sessionId = newSessionId();
        CompletableFuture<SessionGrant> grant = new CompletableFuture<>();
        post(
                () -> {
                    try {
                        begin(verbs.attachments().begin(request, sessionId), grant);
                    } catch (StoreRefusal refusal) {
                        grant.completeExceptionally(refusal);
                    }
                },
                grant);
        return grant;
    }

    private void begin(Attachments.Opening opening, CompletableFuture<SessionGrant> grant) {
        if (opening.request().resetPending()) {
            resetThenMakeFile(opening, grant);
        } else {
            makeFile(opening, grant);
        }
    }

    /**
     * Not guessable, as a session's id is what its next one is believed by; never 0, which means
     * none.
     */
    private long newSessionId() {
        long id;
        do {
            id = random.nextLong() >>> 1;
        } while (id == 0);
        return id;
    }

    private void resetThenMakeFile(
            Attachments.Opening opening, CompletableFuture<SessionGrant> grant) {
        verbs.resets()
                .reset(
                        opening.engine().namespace,
                        opening.request().previousEpoch(),
                        () -> makeFile(opening, grant),
                        () -> {
                            verbs.attachments().abandon(opening);
                            grant.completeExceptionally(
                                    new StoreRefusal(
                                            StoreRefusal.Code.EXHAUSTED,
                                            "reset_pending: the new epoch can't be written; make"
                                                    + " room in the data directory"));
                        });
    }

    private void makeFile(Attachments.Opening opening, CompletableFuture<SessionGrant> grant) {
        slow.execute(() -> {
            try {
                SessionFile file = verbs.attachments().makeFile(opening);
                complete(grant, () -> verbs.attachments().finish(opening, file));
            } catch (StoreRefusal refusal) {
                complete(
                        grant,
                        () -> {
                            verbs.attachments().abandon(opening);
                            throw refusal;
                        });
            }
        });
    }

    @Override
    public CompletableFuture<Void> activate(long sessionId) {
        return call(() -> {
            verbs.attachments().activate(sessionId);
            return null;
        });
    }

    @Override
    public CompletableFuture<Void> end(long sessionId, EndReason reason) {
        return call(() -> {
            verbs.attachments().end(sessionId, reason);
            return null;
        });
    }

    @Override
    public CompletableFuture<List<OrphanSession>> orphans() {
        return call(verbs.quarantine()::orphans);
    }

    @Override
    public CompletableFuture<Void> orphanDead(long sessionId) {
        return call(() -> {
            verbs.quarantine().resolve(sessionId);
            return null;
        });
    }

    @Override
    public CompletableFuture<StoreSnapshot> snapshot() {
        return call(this::takeSnapshot);
    }

    @Override
    public CompletableFuture<Void> shutdown() {
        return call(() -> {
            agent.sayGoodbye();
            stop();
            return null;
        });
    }

    <T> CompletableFuture<T> call(Supplier<T> command) {
        CompletableFuture<T> result = new CompletableFuture<>();
        complete(result, command);
        return result;
    }

    /**
     * Runs a command on the store's thread. A refusal is its answer; anything else is too, and ends
     * the store.
     */
    private <T> void complete(CompletableFuture<T> result, Supplier<T> command) {
        post(
                () -> {
                    try {
                        result.complete(command.get());
                    } catch (StoreRefusal refusal) {
                        result.completeExceptionally(refusal);
                    } catch (RuntimeException bug) {
                        result.completeExceptionally(bug);
                        throw bug;
                    }
                },
                result);
    }

    /** Work that waits for a disk, by another thread. */
    void later(Runnable work) {
        slow.execute(work);
    }

    void post(Runnable command, CompletableFuture<?> result) {
        if (stopped) {
            result.completeExceptionally(
                    new StoreRefusal(
                            StoreRefusal.Code.UNAVAILABLE,
                            "the sidecar is shutting down; attach again later"));
            return;
        }
        agent.post(command);
        wake.run();
    }

    private StoreSnapshot takeSnapshot() {
        StoreFiles files = parts.files();
        List<StoreSnapshot.ArenaSnapshot> arenas = new ArrayList<>();
        for (TenantArena arena : files.arenas()) {
            arenas.add(
                    new StoreSnapshot.ArenaSnapshot(
                            arena.tenant,
                            files.arenaPath(arena),
                            arena.bytes(),
                            parts.config().slabBytes(),
                            arena.usedBytes,
                            arena.pinnedBytes,
                            arena.reservedBytes,
                            arena.quarantinedBytes,
                            arena.objects));
        }
        List<StoreSnapshot.SessionSnapshot> sessions = new ArrayList<>();
        for (Session session : parts.sessions().all()) {
            sessions.add(
                    new StoreSnapshot.SessionSnapshot(
                            session.id,
                            session.engine.engineId,
                            session.engine.index,
                            session.role,
                            session.rank,
                            session.pid,
                            session.arena().tenant,
                            session.leases.size(),
                            session.intents.size(),
                            session.state == Session.State.ACTIVE));
        }
        List<StoreSnapshot.NamespaceSnapshot> namespaces = new ArrayList<>();
        for (Namespace one : parts.namespaces().all()) {
            namespaces.add(
                    new StoreSnapshot.NamespaceSnapshot(
                            one.digest.clone(),
                            one.label,
                            one.epoch,
                            one.objects,
                            one.arena.tenant));
        }
        return new StoreSnapshot(
                files.bootIdBytes(), files.bootCount(), arenas, sessions, namespaces);
    }
}
