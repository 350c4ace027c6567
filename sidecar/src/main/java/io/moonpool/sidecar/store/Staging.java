// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Jobs that bring blocks from other hosts, and the lookups that wait for them. One job for one
 * first missing block, however many ask; each has a deadline, and then its lookups are answered
 * with what is here.
 */
final class Staging {

    /** To find out who has the blocks: the directory and two rounds of owners may be silent. */
    static final long FIND_NANOS = 500_000_000L;

    /**
     * For a transfer that has begun, which finds out by itself when its owner falls silent: this
     * and a time for each byte as if the network were slow.
     */
    private static final long MOVE_NANOS = 1_000_000_000L;

    private static final long BYTES_PER_SECOND_MIN = 50L << 20;

    private static final long WAIT_NANOS_MAX = 10_000_000_000L;
    private static final int JOBS_MAX = 256;

    /** How long nobody asks again for blocks that could not be had. */
    private static final long SETTLED_NANOS = 1_000_000_000L;

    private static final int SETTLED_MAX = 4096;
    private static final long NANOS_PER_MILLI = 1_000_000L;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final PoolPort pool;
    private final StoreMetrics metrics;
    private final Map<FirstMissing, Running> running = new HashMap<>();
    private final Map<FirstMissing, Long> settled = new SettledJobs();
    private final BlockKey key = new BlockKey();
    private Consumer<WaitingLookup> answer = waiting -> {};
    private long lastNumber;

    /** The block that ends a hit on this host. */
    private record FirstMissing(int layout, long epoch, long h0, long h1, long h2, long h3) {
        static FirstMissing of(BlockKey key) {
            return new FirstMissing(
                    key.layout, key.epoch, key.hash0, key.hash1, key.hash2, key.hash3);
        }
    }

    private static final class SettledJobs extends LinkedHashMap<FirstMissing, Long> {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<FirstMissing, Long> eldest) {
            return size() > SETTLED_MAX;
        }
    }

    private static final class Running {
        final FirstMissing first;
        final StagingJob job;
        final List<WaitingLookup> waiting = new ArrayList<>();
        long deadlineNanos;

        Running(FirstMissing first, StagingJob job, long deadlineNanos) {
            this.first = first;
            this.job = job;
            this.deadlineNanos = deadlineNanos;
        }
    }

    Staging(PoolPort pool, StoreMetrics metrics) {
        this.pool = pool;
        this.metrics = metrics;
    }

    /** What answers a lookup that need not wait any more. */
    void answerWith(Consumer<WaitingLookup> answering) {
        answer = answering;
    }

    /** True when the lookup is to wait; its keys are taken from the session. */
    boolean defer(Session session, LookupRequest request, HitFinder finder) {
        Running job = join(session, request, finder);
        if (job == null) {
            return false;
        }
        WaitingLookup waiting = new WaitingLookup(session, request, session.keys);
        session.keys = new KeyStaging(session.layouts.length);
        job.waiting.add(waiting);
        metrics.increment(StoreCount.LOOKUPS_STAGED);
        tell(waiting, job.deadlineNanos - System.nanoTime());
        return true;
    }

    /** Begins to bring what is missing, for whoever asks next. */
    void prefetch(Session session, LookupRequest request, HitFinder finder) {
        join(session, request, finder);
    }

    private Running join(Session session, LookupRequest request, HitFinder finder) {
        if (!pool.isOpen() || session.namespace().isPrivate) {
            return null;
        }
        int group = finder.firstGroupWithGap();
        if (group < 0) {
            return null;
        }
        FirstMissing first = FirstMissing.of(finder.readFirstMissing(group, key));
        Running present = running.get(first);
        if (present != null) {
            return present;
        }
        long now = System.nanoTime();
        Long end = settled.get(first);
        if (end != null && now - end < SETTLED_NANOS || running.size() >= JOBS_MAX) {
            return null;
        }
        Running made = new Running(first, job(session, request, finder), now + FIND_NANOS);
        running.put(first, made);
        pool.bring(made.job);
        return made;
    }

    private StagingJob job(Session session, LookupRequest request, HitFinder finder) {
        List<StagingJob.Ask> asks = new ArrayList<>();
        for (int group = 0; group < session.layouts.length; group++) {
            asks.add(
                    new StagingJob.Ask(
                            session.layouts[group].info,
                            session.windowBlocks[group],
                            session.keys.firstBlock(group),
                            session.keys.copy(group),
                            finder.here(group)));
        }
        return new StagingJob(
                ++lastNumber,
                session.namespace().epoch,
                request.localTokens,
                request.maxTokens,
                finder.step(),
                List.copyOf(asks));
    }

    /** Its blocks were found: so many bytes are on their way. */
    void moving(StagingJob job, long bytes) {
        Running one = find(job);
        if (one == null) {
            return;
        }
        long nanos = MOVE_NANOS + bytes * NANOS_PER_SECOND / BYTES_PER_SECOND_MIN;
        one.deadlineNanos = System.nanoTime() + Math.min(nanos, WAIT_NANOS_MAX);
        one.waiting.forEach(waiting -> tell(waiting, Math.min(nanos, WAIT_NANOS_MAX)));
    }

    private void tell(WaitingLookup waiting, long nanos) {
        Session session = waiting.session;
        int millis = (int) Math.max(1, nanos / NANOS_PER_MILLI);
        if (session.isTalking() && !session.answers.staging(waiting.request.jobId, millis)) {
            metrics.increment(StoreCount.ANSWERS_DROPPED);
        }
    }

    private Running find(StagingJob job) {
        for (Running one : running.values()) {
            if (one.job.number() == job.number()) {
                return one;
            }
        }
        return null;
    }

    /** Nothing more will come. */
    void done(StagingJob job) {
        Running one = find(job);
        if (one != null) {
            settle(one);
        }
    }

    /**
     * Ends jobs that took too long; what still comes of them is for later. Returns the work done.
     */
    int expire(long now) {
        if (running.isEmpty()) {
            return 0;
        }
        List<Running> late =
                running.values().stream().filter(one -> now - one.deadlineNanos >= 0).toList();
        for (Running one : late) {
            metrics.increment(StoreCount.STAGING_LATE);
            settle(one);
        }
        return late.size();
    }

    private void settle(Running ended) {
        running.remove(ended.first);
        settled.remove(ended.first);
        settled.put(ended.first, System.nanoTime());
        for (WaitingLookup waiting : ended.waiting) {
            if (waiting.session.isTalking()) {
                answer.accept(waiting);
            }
        }
    }

    /** The client has lost interest. */
    void cancel(Session session, long jobId) {
        if (running.isEmpty()) {
            return;
        }
        for (Running one : running.values()) {
            one.waiting.removeIf(waiting -> waiting.is(session, jobId));
        }
    }

    /** True when this job of the session waits here. */
    boolean isWaiting(Session session, long jobId) {
        // Asked with every lookup: nothing is allocated where nobody waits.
        return !running.isEmpty()
                && running.values().stream()
                        .anyMatch(one -> one.waiting.stream().anyMatch(w -> w.is(session, jobId)));
    }
}
