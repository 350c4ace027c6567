// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import io.moonpool.sidecar.store.Listing;
import io.moonpool.sidecar.store.PoolAccess;
import io.moonpool.sidecar.store.StoreControl;
import io.moonpool.sidecar.store.StoreSnapshot;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Copies objects away while nobody waits for it. A host that gives no memory to the pool has all it
 * saves on members that do; any other has what it would evict next, as soon as its arena fills, so
 * that an eviction here is no loss to the pool.
 */
final class Placer implements AutoCloseable {

    private static final long TURN_MILLIS = 250;
    private static final long DECLINED_MILLIS = 2_000;
    private static final int HASH_BYTES = 32;
    private static final int OBJECTS_MAX = 512;
    private static final int LIST_STEP = 65_536;
    private static final double FULL = 0.85;
    private static final long STORE_SECONDS = 10;
    private static final int REMEMBERED_MAX = 1 << 20;
    private static final long CLOSE_MILLIS = 3_000;

    private final PoolAccess store;
    private final StoreControl control;
    private final Relocation relocation;
    private final GivenMemory given;
    private final Thread thread =
            Thread.ofPlatform().name("pool-placer").daemon().unstarted(this::run);

    /** Objects that somebody has taken: not offered again. */
    private final Map<ByteBuffer, Boolean> elsewhere =
            new LinkedHashMap<>(16, 0.75f, false) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Boolean> eldest) {
                    return size() > REMEMBERED_MAX;
                }
            };

    private volatile boolean closed;

    /** {@code given}: with memory for others this host keeps what it saves. */
    Placer(PoolAccess store, StoreControl control, Relocation relocation, GivenMemory given) {
        this.store = store;
        this.control = control;
        this.relocation = relocation;
        this.given = given;
    }

    void start() {
        thread.start();
    }

    private void run() {
        while (!closed) {
            try {
                TimeUnit.MILLISECONDS.sleep(TURN_MILLIS);
                if (given.bytes() > 0) {
                    offerColdest();
                } else {
                    offerAll();
                }
            } catch (InterruptedException e) {
                return;
            } catch (ExecutionException | TimeoutException e) {
                // The store is busy or about to close; the next turn finds out.
                continue;
            }
        }
    }

    private void offerAll() throws InterruptedException, ExecutionException, TimeoutException {
        for (int cursor = 0; cursor >= 0 && !closed; ) {
            Listing listing = store.list(cursor, LIST_STEP).get(STORE_SECONDS, TimeUnit.SECONDS);
            offer(listing);
            cursor = listing.next();
        }
    }

    private void offerColdest() throws InterruptedException, ExecutionException, TimeoutException {
        StoreSnapshot snapshot = control.snapshot().get(STORE_SECONDS, TimeUnit.SECONDS);
        boolean full =
                snapshot.arenas().stream()
                        .anyMatch(arena -> arena.usedBytes() > arena.bytes() * FULL);
        if (full) {
            offer(store.coldest(OBJECTS_MAX).get(STORE_SECONDS, TimeUnit.SECONDS));
        }
    }

    private void offer(Listing listing) throws InterruptedException {
        for (Listing.Run run : listing.runs()) {
            Listing.Run fresh = fresh(run);
            if (fresh.hashes().length == 0) {
                continue;
            }
            byte[] copied = relocation.spread(fresh);
            remember(new Listing.Run(run.layout(), run.epoch(), copied));
            if (copied.length == 0) {
                // Nobody has room: asked again later, not in every turn.
                TimeUnit.MILLISECONDS.sleep(DECLINED_MILLIS);
                return;
            }
        }
    }

    private void remember(Listing.Run copied) {
        for (int at = 0; at < copied.hashes().length; at += HASH_BYTES) {
            elsewhere.put(key(copied, at), true);
        }
    }

    private static ByteBuffer key(Listing.Run run, int at) {
        return ByteBuffer.allocate(Integer.BYTES + Long.BYTES + HASH_BYTES)
                .putInt(run.layout().ordinal())
                .putLong(run.epoch())
                .put(run.hashes(), at, HASH_BYTES)
                .flip();
    }

    private Listing.Run fresh(Listing.Run run) {
        byte[] hashes = new byte[run.hashes().length];
        int bytes = 0;
        for (int at = 0; at < run.hashes().length; at += HASH_BYTES) {
            if (!elsewhere.containsKey(key(run, at))) {
                System.arraycopy(run.hashes(), at, hashes, bytes, HASH_BYTES);
                bytes += HASH_BYTES;
            }
        }
        return new Listing.Run(run.layout(), run.epoch(), Arrays.copyOf(hashes, bytes));
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
