// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.session;

import static io.moonpool.shm.layout.LeaseCellDescriptor.COMPLETE;
import static io.moonpool.shm.layout.LeaseCellDescriptor.FAILED;
import static io.moonpool.shm.layout.LeaseCellDescriptor.VERIFYING;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Turns checks that end in any order, on any threads, into a mark that only grows in entry order.
 * Everything it decides on is private memory; the client's cell is only ever written.
 *
 * <p>Whoever reports a check raises {@code pending}; the one who raised it from 0 publishes for all
 * others until nothing is pending, so that one thread at a time writes the cell and nobody waits.
 * One instance a lease; the store agent claims the cell before it hands the lease to the checking
 * threads, and gives it to another job only when none of them is left.
 */
public final class VerifiedPrefix {
    /** The entry was not reported yet. */
    private static final int UNKNOWN = 0;

    private static final int GOOD = 1;
    private static final int BAD = 2;
    private static final int BITS = 2;
    private static final int ENTRIES_A_WORD = Long.SIZE / BITS;

    private final LeaseCells cells;
    private final int cell;
    private final int entryCount;
    private final AtomicLongArray results;
    private final AtomicInteger pending = new AtomicInteger();

    /** Written by the publishing thread alone, handed on through {@code pending}. */
    private int verified;

    public VerifiedPrefix(LeaseCells cells, int cell, int entryCount) {
        this.cells = cells;
        this.cell = cell;
        this.entryCount = entryCount;
        this.results = new AtomicLongArray(entryCount / ENTRIES_A_WORD + 1);
    }

    /** Reports one entry, once, by the thread that checked it. */
    public void checked(int entry, boolean good) {
        long result = (long) (good ? GOOD : BAD) << shift(entry);
        // SYNC POINT: the check of this entry is visible to the publisher that finds its result,
        // and through the mark to the client.
        results.getAndAdd(entry / ENTRIES_A_WORD, result);
        if (pending.getAndIncrement() == 0) {
            publish();
        }
    }

    private void publish() {
        int seen = pending.get();
        do {
            advance();
            seen = pending.addAndGet(-seen);
        } while (seen != 0);
    }

    private void advance() {
        // One look at each result: it may change between two.
        int next = verified;
        int stop = UNKNOWN;
        while (next < entryCount && (stop = result(next)) == GOOD) {
            next++;
        }
        verified = next;
        cells.mark(cell, next, state(next, stop));
    }

    private int state(int next, int stop) {
        if (next == entryCount) {
            return COMPLETE;
        }
        return stop == BAD ? FAILED : VERIFYING;
    }

    private int result(int entry) {
        return (int) (results.get(entry / ENTRIES_A_WORD) >>> shift(entry)) & (1 << BITS) - 1;
    }

    private static int shift(int entry) {
        return entry % ENTRIES_A_WORD * BITS;
    }
}
