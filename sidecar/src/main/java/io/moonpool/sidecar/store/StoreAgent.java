// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.proto.ring.ClosingReason;
import io.moonpool.shm.ring.RingConsumer;
import io.moonpool.sidecar.store.checksum.ChecksumPool;
import io.moonpool.sidecar.store.checksum.ChecksumTask;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.agrona.DirectBuffer;

/**
 * The store's one thread in duty cycles: commands, requests, checksums, housekeeping, each in
 * bounded portions, so that no session waits for another's work. Everything it calls belongs to it
 * alone; nothing it calls waits or locks.
 */
final class StoreAgent implements RequestHandler {

    private static final int COMMANDS_MAX = 16;
    private static final int RECORDS_MAX = 16;
    private static final int RESULTS_MAX = 64;
    private static final long HEARTBEAT_NANOS = 20_000_000L;

    private final SessionTable sessions;
    private final Lookups lookups;
    private final Saves saves;
    private final Resets resets;
    private final Attachments attachments;
    private final Evictor evictor;
    private final EvictionEvents events;
    private final ChecksumFeeder feeder;
    private final Staging staging;
    private final Inventory inventory;
    private final ChecksumPool checksums;
    private final StoreMetrics metrics;
    private final RequestAdapter requests = new RequestAdapter(this);
    private final ConcurrentLinkedQueue<Runnable> commands = new ConcurrentLinkedQueue<>();
    private long lastHeartbeatNanos;

    StoreAgent(StoreParts parts, StoreVerbs verbs, ChecksumPool checksums) {
        this.sessions = parts.sessions();
        this.metrics = parts.metrics();
        this.lookups = verbs.lookups();
        this.saves = verbs.saves();
        this.resets = verbs.resets();
        this.attachments = verbs.attachments();
        this.evictor = verbs.evictor();
        this.events = verbs.events();
        this.feeder = verbs.feeder();
        this.staging = verbs.pool().staging();
        this.inventory = verbs.pool().inventory();
        this.checksums = checksums;
    }

    /** From any thread: a command for this one. The caller wakes it. */
    void post(Runnable command) {
        commands.add(command);
    }

    /** One duty cycle; 0: there was nothing to do. */
    int doWork() {
        int work = runCommands();
        work += pollRequests();
        work += takeResults();
        work += feeder.feed();
        work += evictor.advance();
        work += resets.reclaim();
        work += attachments.reap();
        work += staging.expire(System.nanoTime());
        work += inventory.advance();
        events.flush();
        flushAnswers();
        beat();
        return work;
    }

    private int runCommands() {
        int count = 0;
        for (Runnable command = next(count); command != null; command = next(count)) {
            command.run();
            count++;
        }
        return count;
    }

    private Runnable next(int count) {
        return count < COMMANDS_MAX ? commands.poll() : null;
    }

    private int pollRequests() {
        int work = 0;
        List<Session> all = sessions.all();
        for (int i = 0; i < all.size(); i++) {
            Session session = all.get(i);
            if (!session.isTalking()) {
                continue;
            }
            int count = requests.poll(session, RECORDS_MAX);
            if (count == RingConsumer.VIOLATION) {
                attachments.end(session.id, EndReason.VIOLATION);
                work++;
            } else if (count > 0) {
                work += count;
                session.answers.flush();
            }
        }
        return work;
    }

    private int takeResults() {
        int count = 0;
        for (ChecksumTask task = done(count); task != null; task = done(count)) {
            if (task.owner instanceof Lease lease) {
                lookups.runDone(lease, task);
            } else {
                saves.runDone((Intent) task.owner, task);
            }
            checksums.recycle(task);
            count++;
        }
        return count;
    }

    private ChecksumTask done(int count) {
        return count < RESULTS_MAX ? checksums.pollDone() : null;
    }

    private void flushAnswers() {
        List<Session> all = sessions.all();
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).isTalking()) {
                all.get(i).answers.flush();
            }
        }
    }

    private void beat() {
        long now = System.nanoTime();
        if (now - lastHeartbeatNanos < HEARTBEAT_NANOS) {
            return;
        }
        lastHeartbeatNanos = now;
        List<Session> all = sessions.all();
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).state != Session.State.GONE) {
                all.get(i).file.heartbeat();
            }
        }
    }

    /** Tells every client that the sidecar goes away. */
    void sayGoodbye() {
        for (Session session : sessions.all()) {
            if (session.isTalking()) {
                session.answers.closing(ClosingReason.SHUTDOWN);
                session.answers.flush();
            }
        }
    }

    @Override
    public void onLookupKeys(
            Session session,
            long jobId,
            int group,
            int firstBlock,
            DirectBuffer record,
            int offset,
            int length) {
        session.keys.add(jobId, session.indexOfGroup(group), firstBlock, record, offset, length);
    }

    @Override
    public void onLookup(Session session, LookupRequest request) {
        if (request.prefetch) {
            lookups.prefetch(session, request);
        } else {
            lookups.lookup(session, request);
        }
    }

    @Override
    public void onRelease(Session session, long jobId, long keepEntries) {
        lookups.release(session, jobId, keepEntries);
    }

    /**
     * Requests are answered in their order: what is cancelled has been answered, or was never
     * asked.
     */
    @Override
    public void onCancel(Session session, long jobId) {
        lookups.release(session, jobId, 0);
        staging.cancel(session, jobId);
        saves.abort(session, jobId);
        if (session.keys.isFor(jobId)) {
            session.keys.clear(0);
        }
    }

    @Override
    public void onIntend(Session session, IntendRequest request) {
        saves.intend(session, request);
    }

    @Override
    public void onCommit(Session session, long jobId, DirectBuffer record, int offset, int length) {
        saves.commit(session, jobId, record, offset, length);
    }

    @Override
    public void onAbort(Session session, long jobId) {
        saves.abort(session, jobId);
    }

    @Override
    public void onPing(Session session, long nonce) {
        if (!session.answers.pong(nonce)) {
            metrics.increment(StoreCount.ANSWERS_DROPPED);
        }
    }

    @Override
    public void onReset(Session session, long jobId, long epoch) {
        Namespace namespace = session.namespace();
        resets.reset(
                namespace,
                epoch,
                () -> {
                    if (session.isTalking()
                            && !session.answers.resetDone(jobId, namespace.durableEpoch)) {
                        metrics.increment(StoreCount.ANSWERS_DROPPED);
                    }
                },
                () -> {});
    }
}
