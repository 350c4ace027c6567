// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.liveness;

import io.moonpool.pool.log.LogLimiter;
import io.moonpool.sidecar.control.AttachedSession;
import io.moonpool.sidecar.control.SessionBook;
import io.moonpool.sidecar.store.EndReason;
import io.moonpool.sidecar.store.OrphanSession;
import io.moonpool.sidecar.store.StoreControl;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at every lock once a second, and at a session's at once when its Watch stream ends: of this
 * sidecar's sessions and of those of earlier sidecars. A lock that is free means death, and nothing
 * else does. Also ends what never got so far as to lock: sessions whose ticket nobody used. One
 * thread.
 */
public final class LivenessWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LivenessWatch.class);
    private static final long SWEEP_MS = 1_000;
    private static final int LINES_PER_MINUTE_MAX = 30;

    /** A dying process closes its stream and drops its lock in either order, a moment apart. */
    private static final long[] LOOKS_MS = {0, 20, 100};

    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("moonpool-liveness").factory());
    private final LogLimiter lines = new LogLimiter(LINES_PER_MINUTE_MAX);
    private final LogLimiter failures = new LogLimiter(1);
    private final SessionBook book;
    private final StoreControl store;

    /** Orphans only ever become fewer, so once there are none they are not asked for again. */
    private volatile boolean orphansLeft = true;

    public LivenessWatch(SessionBook book, StoreControl store) {
        this.book = book;
        this.store = store;
    }

    public void start() {
        thread.scheduleWithFixedDelay(
                () -> guarded(this::sweep), 0, SWEEP_MS, TimeUnit.MILLISECONDS);
    }

    /** From any thread; returns at once. */
    public void examineSoon(long sessionId) {
        try {
            for (long delayMs : LOOKS_MS) {
                thread.schedule(
                        () -> guarded(() -> examine(sessionId)), delayMs, TimeUnit.MILLISECONDS);
            }
        } catch (RejectedExecutionException e) {
            LOG.debug("closing, so nobody is looked at any more");
        }
    }

    private void examine(long sessionId) {
        book.active(sessionId).ifPresent(this::examine);
    }

    private void examine(AttachedSession session) {
        if (isFree(session.sessionFile()) && book.remove(session.id())) {
            end(session, "its lock has fallen");
        }
    }

    private void sweep() {
        book.active().forEach(this::examine);
        book.removeExpired().forEach(session -> end(session, "its ticket was not used in time"));
        if (orphansLeft) {
            store.orphans()
                    .thenAcceptAsync(orphans -> guarded(() -> examineOrphans(orphans)), thread);
        }
    }

    private void examineOrphans(List<OrphanSession> orphans) {
        orphansLeft = !orphans.isEmpty();
        for (OrphanSession orphan : orphans) {
            if (isFree(orphan.sessionFile())) {
                store.orphanDead(orphan.sessionId());
                LOG.atInfo()
                        .addKeyValue("session", orphan.sessionId())
                        .addKeyValue("engine", orphan.engineIndex())
                        .log("process of an earlier session is dead");
            }
        }
    }

    private void end(AttachedSession session, String why) {
        store.end(session.id(), EndReason.DEAD);
        lines.log(suppressed ->
                LOG.atInfo()
                        .addKeyValue("session", session.id())
                        .addKeyValue("engine", session.engineId())
                        .addKeyValue("role", session.role())
                        .addKeyValue("pid", Integer.toUnsignedString(session.pid()))
                        .addKeyValue("suppressed", suppressed)
                        .log("session is dead: {}", why));
    }

    private boolean isFree(Path sessionFile) {
        try {
            return LockProbe.look(sessionFile) == LockProbe.Answer.FREE;
        } catch (IOException e) {
            failures.log(suppressed ->
                    LOG.atError()
                            .addKeyValue("suppressed", suppressed)
                            .log("lock of {} can't be examined: {}", sessionFile, e));
            return false;
        }
    }

    /** The edge of this thread: a failure must not end the sweeps. */
    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            failures.log(suppressed ->
                    LOG.atError()
                            .addKeyValue("suppressed", suppressed)
                            .setCause(e)
                            .log("liveness failed"));
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
