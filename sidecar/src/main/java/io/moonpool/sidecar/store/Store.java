// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.shm.layout.DoorbellDescriptor;
import io.moonpool.shm.ring.Doorbell;
import io.moonpool.sidecar.store.checksum.ChecksumSpeed;
import io.moonpool.sidecar.store.checksum.ChecksumThreads;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A store with its threads. {@link #open} takes over what an earlier life left, {@link #start}
 * begins to turn, {@link #close} stops and leaves the files for the next life.
 */
public final class Store implements AutoCloseable {

    /** Below the 100 ms within which heartbeats must be seen to move. */
    private static final long SLEEP_NANOS_MAX = 80_000_000L;

    private static final long CLOSE_MILLIS_MAX = TimeUnit.SECONDS.toMillis(10);

    private final StoreCore core;
    private final Waker waker;
    private final ExecutorService slow =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().name("store-slow").daemon().factory());
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();
    private final Thread thread =
            Thread.ofPlatform().name("store-agent").daemon().unstarted(this::turn);

    private Store(StoreConfig config, EpochLedger ledger, StoreMetrics metrics, PoolPort pool)
            throws IOException {
        int threads = config.checksumThreads();
        // Nobody calls it before the store turns, which is after this constructor.
        Runnable wake = this::wake;
        StoreCore.Helpers helpers =
                new StoreCore.Helpers(
                        runners -> new ChecksumThreads(threads, runners, wake, metrics),
                        slow,
                        wake,
                        pool,
                        ChecksumSpeed.measure(threads));
        core = StoreCore.open(config, ledger, metrics, helpers);
        waker =
                new Waker(
                        Doorbell.tagged(
                                core.doorbell(), DoorbellDescriptor.VALUE_OFFSET, Waker.OWN_TAG));
    }

    /**
     * Opens the files and adopts what is in them; refuses with {@link StoreRefusal} when that can't
     * be.
     */
    public static Store open(
            StoreConfig config, EpochLedger ledger, StoreMetrics metrics, PoolPort pool)
            throws IOException {
        return new Store(config, ledger, metrics, pool);
    }

    public StartReport report() {
        return core.report();
    }

    public StoreControl control() {
        return core.control();
    }

    public PoolAccess poolAccess() {
        return core.poolAccess();
    }

    public void start() {
        thread.start();
    }

    /**
     * Done when the store's thread has ended; exceptionally when a bug ended it: then the process
     * should end too.
     */
    public CompletableFuture<Void> stopped() {
        return stopped;
    }

    private void wake() {
        waker.wake();
    }

    private void turn() {
        try {
            while (!core.isStopped()) {
                if (core.doWork() == 0) {
                    sleep();
                }
            }
            stopped.complete(null);
        } catch (Throwable bug) {
            // No more heartbeats: every client goes on without us, which is better than guessing
            // what is still right.
            core.stop();
            stopped.completeExceptionally(bug);
        }
    }

    private void sleep() {
        int value = waker.beginSleep();
        if (core.doWork() == 0) {
            waker.sleep(value, SLEEP_NANOS_MAX);
        }
        waker.endSleep();
    }

    /** Ends the threads, then unmaps. */
    @Override
    public void close() {
        core.stop();
        waker.wake();
        try {
            if (thread.isAlive()) {
                thread.join(CLOSE_MILLIS_MAX);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        slow.shutdown();
        core.close();
    }
}
