// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.spi;

import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/** Where batches appear when they are done. Any thread puts in, one thread takes out. */
public final class CompletionQueue {
    private final ConcurrentLinkedQueue<Batch> done = new ConcurrentLinkedQueue<>();
    private volatile Thread waiter;

    /** The batch that has been done longest, or null. */
    public Batch poll() {
        return done.poll();
    }

    /** The same, after waiting for one; null when none was done in time. */
    public Batch await(Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        waiter = Thread.currentThread();
        try {
            for (Batch batch = done.poll(); ; batch = done.poll()) {
                long left = deadline - System.nanoTime();
                if (batch != null || left <= 0) {
                    return batch;
                }
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                LockSupport.parkNanos(this, left);
            }
        } finally {
            waiter = null;
        }
    }

    void add(Batch batch) {
        done.add(batch);
        Thread waiting = waiter;
        if (waiting != null) {
            LockSupport.unpark(waiting);
        }
    }
}
