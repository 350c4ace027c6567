// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.sidecar.store.checksum.InlineChecksums;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A real store without threads: the test turns it, so that every run with one seed is the same. */
final class StoreRig implements AutoCloseable {

    static final long SLAB_BYTES = 1L << 20;
    static final int RING_BYTES = 1 << 16;
    static final String TENANT = "default";

    final StoreConfig config;
    final MemoryLedger ledger;
    final StoreMetrics metrics = new StoreMetrics();
    final StoreAssembly assembly;
    final StoreParts parts;
    final boolean adopted;
    final List<String> notes;
    private final StoreCore core;

    StoreRig(StoreConfig config, MemoryLedger ledger) throws IOException {
        this(config, ledger, PoolPort.NONE);
    }

    StoreRig(StoreConfig config, MemoryLedger ledger, PoolPort pool) throws IOException {
        this.config = config;
        this.ledger = ledger;
        StoreCore.Helpers helpers =
                new StoreCore.Helpers(
                        runners -> new InlineChecksums(runners.get(), 8),
                        Runnable::run,
                        () -> {},
                        pool,
                        1L << 30);
        this.core = StoreCore.open(config, ledger, metrics, helpers);
        this.adopted = core.report().adopted();
        this.notes = core.report().notes();
        this.assembly = core.assembly;
        this.parts = assembly.parts;
    }

    static StoreRig of(Path directory, int slabs) throws IOException {
        return new StoreRig(config(directory, slabs), new MemoryLedger());
    }

    static StoreConfig config(Path directory, int slabs) {
        return config(directory, List.of(new ArenaSpec(TENANT, slabs * SLAB_BYTES)), 1.0);
    }

    static StoreConfig config(Path directory, List<ArenaSpec> arenas, double share) {
        return new StoreConfig(
                arenas,
                SLAB_BYTES,
                directory,
                1,
                share,
                share,
                share,
                RING_BYTES,
                RING_BYTES,
                20,
                128);
    }

    /** Turns until nothing is left to do. */
    void settle() {
        for (int i = 0; i < 100_000; i++) {
            if (assembly.agent.doWork() == 0) {
                return;
            }
        }
        throw new AssertionError("the store never comes to rest");
    }

    /** One duty cycle. */
    void turn() {
        assembly.agent.doWork();
    }

    <T> T await(CompletableFuture<T> future) {
        for (int i = 0; i < 1000 && !future.isDone(); i++) {
            turn();
        }
        try {
            return future.get(0, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException e) {
            if (e.getCause() instanceof RuntimeException refused) {
                throw refused;
            }
            throw new AssertionError(e);
        } catch (InterruptedException | java.util.concurrent.TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    StoreControl control() {
        return assembly.control;
    }

    StoreSnapshot snapshot() {
        return await(control().snapshot());
    }

    StoreSnapshot.ArenaSnapshot arena() {
        return snapshot().arenas().get(0);
    }

    /** Attached and active. */
    TestClient attach(SessionRequest request) {
        SessionGrant grant = await(control().open(request));
        await(control().activate(grant.sessionId()));
        return new TestClient(this, request, grant);
    }

    ObjectStore store() {
        return parts.store();
    }

    /** As a crash would leave it: nothing is said, nothing given back. */
    @Override
    public void close() {
        core.close();
    }
}
