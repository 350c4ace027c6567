// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import io.moonpool.sidecar.store.Listing;
import io.moonpool.sidecar.store.PoolAccess;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Moves everything to other members while they read it. What was copied stays here until the
 * directory names the copy and readers that were sent here before have asked: a drain costs no hit.
 */
final class Evacuation {
    private static final int LIST_STEP = 4096;
    private static final long STORE_SECONDS = 10;
    private static final long PAUSE_MILLIS = 200;

    /**
     * As long as a reader waits for an answer of ours: whoever the directory still sent here has
     * asked by then; the bytes themselves outlive the object until something is saved over them.
     */
    private static final long READERS_NANOS = 150_000_000L;

    private final PoolAccess store;
    private final Relocation relocation;

    /** In the order in which they were copied. */
    private final Deque<Copied> copied = new ArrayDeque<>();

    private volatile boolean wanted;

    private record Copied(Listing.Run run, long sinceNanos) {}

    Evacuation(PoolAccess store, Relocation relocation) {
        this.store = store;
        this.relocation = relocation;
    }

    /** Takes effect in the middle of a round. */
    void want(boolean now) {
        wanted = now;
    }

    boolean isWanted() {
        return wanted;
    }

    /** It was wanted, and nothing is here any more. */
    boolean isDone() {
        try {
            int cursor = 0;
            while (wanted && cursor >= 0) {
                Listing listing = list(cursor);
                if (!listing.runs().isEmpty()) {
                    return false;
                }
                cursor = listing.next();
            }
            return wanted;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        }
    }

    private Listing list(int cursor)
            throws InterruptedException, ExecutionException, TimeoutException {
        return store.list(cursor, LIST_STEP).get(STORE_SECONDS, TimeUnit.SECONDS);
    }

    /** What an engine holds now stays for a later round. */
    void round() throws InterruptedException, ExecutionException, TimeoutException {
        copied.clear();
        int dropped = 0;
        for (int cursor = 0; cursor >= 0 && wanted; ) {
            Listing listing = list(cursor);
            for (Listing.Run run : listing.runs()) {
                copy(run);
                dropped += letGo(0);
            }
            cursor = listing.next();
        }
        dropped += letGo(READERS_NANOS);
        if (dropped == 0) {
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        }
    }

    private void copy(Listing.Run run) throws InterruptedException {
        byte[] hashes = relocation.spread(run);
        if (hashes.length > 0) {
            Listing.Run taken = new Listing.Run(run.layout(), run.epoch(), hashes);
            copied.add(new Copied(taken, System.nanoTime()));
        }
    }

    /** Those that were copied long enough ago, or will have been after this patience. */
    private int letGo(long patienceNanos)
            throws InterruptedException, ExecutionException, TimeoutException {
        int dropped = 0;
        while (wanted && !copied.isEmpty()) {
            long left = copied.peek().sinceNanos() + READERS_NANOS - System.nanoTime();
            if (left > patienceNanos) {
                return dropped;
            }
            TimeUnit.NANOSECONDS.sleep(left);
            Listing.Run run = copied.remove().run();
            byte[] hashes = relocation.knownElsewhere(run);
            dropped +=
                    store.drop(run.layout().digest(), run.epoch(), hashes)
                            .get(STORE_SECONDS, TimeUnit.SECONDS);
        }
        return dropped;
    }
}
