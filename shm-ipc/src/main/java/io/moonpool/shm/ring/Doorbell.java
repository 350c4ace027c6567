// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.ring;

import io.moonpool.shm.layout.DoorbellDescriptor;
import io.moonpool.shm.memory.Ordered;
import io.moonpool.shm.nativecalls.Futex;
import java.lang.foreign.MemorySegment;

/**
 * A u32 that a sleeping reader waits on. One thread rings this object and one thread awaits; in
 * other processes there may be more that ring.
 *
 * <p>No wake-up is lost as long as the sleeper reads the doorbell, then polls its rings once more,
 * then awaits the value it read: a record written after that poll changes the value first, and the
 * kernel compares before it lets anybody sleep.
 */
public final class Doorbell {
    private final MemorySegment memory;
    private final long offset;
    private final Futex futex;
    private final int step;
    private int next;

    private Doorbell(MemorySegment memory, long offset, int first, int step) {
        this.memory = memory;
        this.offset = offset;
        this.futex = new Futex(memory, offset);
        this.next = first;
        this.step = step;
    }

    /** A doorbell with one writer: each ring adds one. */
    public static Doorbell counting(MemorySegment memory, long offset) {
        return new Doorbell(memory, offset, 1, 1);
    }

    /**
     * A doorbell with several writers: each stores values that no other stores, and so needs no
     * atomic addition.
     */
    public static Doorbell tagged(MemorySegment memory, long offset, int tag) {
        if (tag < 0 || tag > DoorbellDescriptor.TAG_MAX) {
            throw new IllegalArgumentException("doorbell tag must be 0 to 255: tag=" + tag);
        }
        int step = 1 << DoorbellDescriptor.TAG_BITS;
        return new Doorbell(memory, offset, step | tag, step);
    }

    /**
     * Stores a fresh value and wakes a sleeper. What was written before is visible to whoever reads
     * that value.
     */
    public void ring() {
        // SYNC POINT: records written before become visible to the acquire load in read().
        Ordered.intRelease(memory, offset, next);
        next += step;
        futex.wake(1);
    }

    /** The present value; the rings must be polled after this and before {@link #await}. */
    public int read() {
        // SYNC POINT: pairs with the release store in ring().
        return Ordered.intAcquire(memory, offset);
    }

    /**
     * Sleeps while the doorbell shows {@code value}, for at most {@code maxNanos}; may return early
     * for no reason.
     */
    public void await(int value, long maxNanos) {
        futex.await(value, maxNanos);
    }
}
