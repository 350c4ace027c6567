// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store.checksum;

import io.moonpool.sidecar.store.StoreCount;
import io.moonpool.sidecar.store.StoreMetrics;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.agrona.concurrent.ManyToManyConcurrentArrayQueue;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * A fixed number of daemon threads and of tasks. Queues hold all tasks there are, so that nothing
 * is ever full; a thread without work parks, and is woken by whoever submits.
 */
public final class ChecksumThreads implements ChecksumPool {

    private static final int TASKS = 256;
    private static final long PARK_NANOS = 1_000_000_000L;

    private final ChecksumTask[] idle = new ChecksumTask[TASKS];
    private final ManyToManyConcurrentArrayQueue<ChecksumTask> work =
            new ManyToManyConcurrentArrayQueue<>(TASKS);
    private final ManyToOneConcurrentArrayQueue<ChecksumTask> done =
            new ManyToOneConcurrentArrayQueue<>(TASKS);
    private final Thread[] threads;

    /** Bit i: thread i has found no work and is about to park, or parks. */
    private final AtomicLong parked = new AtomicLong();

    private final Runnable wakeStore;
    private final StoreMetrics metrics;
    private int idleCount;
    private volatile boolean closed;

    /** {@code wakeStore} is called by the threads after each task. */
    public ChecksumThreads(
            int count, Supplier<ChecksumRunner> runners, Runnable wakeStore, StoreMetrics metrics) {
        this.wakeStore = wakeStore;
        this.metrics = metrics;
        for (int i = 0; i < TASKS; i++) {
            idle[idleCount++] = new ChecksumTask();
        }
        this.threads = new Thread[Math.min(count, Long.SIZE)];
        for (int i = 0; i < threads.length; i++) {
            int number = i;
            ChecksumRunner runner = runners.get();
            threads[i] =
                    Thread.ofPlatform()
                            .name("checksum-" + number)
                            .daemon()
                            .unstarted(() -> turn(number, runner));
        }
        for (Thread thread : threads) {
            thread.start();
        }
    }

    @Override
    public ChecksumTask claim() {
        return idleCount == 0 ? null : idle[--idleCount];
    }

    @Override
    public void submit(ChecksumTask task) {
        work.offer(task);
        // After the offer: a thread that parks shows its bit first and looks at the queue once
        // more.
        long waiting = parked.get();
        if (waiting != 0) {
            LockSupport.unpark(threads[Long.numberOfTrailingZeros(waiting)]);
        }
    }

    @Override
    public ChecksumTask pollDone() {
        return done.poll();
    }

    @Override
    public void recycle(ChecksumTask task) {
        task.owner = null;
        idle[idleCount++] = task;
    }

    /** Waits for the threads: afterwards nobody reads the arenas. */
    @Override
    public void close() {
        closed = true;
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
        Threads.join(List.of(threads));
    }

    private void turn(int number, ChecksumRunner runner) {
        while (!closed) {
            ChecksumTask task = work.poll();
            if (task == null) {
                park(number);
                continue;
            }
            // Not for this one: there is more to do, and another thread may sleep.
            passOn();
            long start = System.nanoTime();
            runner.run(task);
            metrics.add(StoreCount.CHECKSUM_NANOS, System.nanoTime() - start);
            metrics.add(StoreCount.CHECKSUM_BYTES, task.bytes);
            done.offer(task);
            wakeStore.run();
        }
    }

    private void passOn() {
        long waiting = parked.get();
        if (waiting != 0 && !work.isEmpty()) {
            LockSupport.unpark(threads[Long.numberOfTrailingZeros(waiting)]);
        }
    }

    private void park(int number) {
        long bit = 1L << number;
        parked.getAndUpdate(bits -> bits | bit);
        if (work.isEmpty() && !closed) {
            LockSupport.parkNanos(this, PARK_NANOS);
        }
        parked.getAndUpdate(bits -> bits & ~bit);
    }
}
