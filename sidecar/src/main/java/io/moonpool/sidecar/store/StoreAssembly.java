// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.shm.headers.HeaderTable;
import io.moonpool.sidecar.store.checksum.ChecksumPool;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.security.SecureRandom;
import java.util.concurrent.Executor;

/**
 * Makes the parts of a store and connects them. Starts nothing: the agent turns when its owner
 * calls it.
 */
final class StoreAssembly {

    final StoreParts parts;
    final StoreVerbs verbs;
    final StoreAgent agent;
    final StoreCommands control;
    final PoolCommands poolAccess;
    final Adoption adoption;

    private final EpochLedger ledger;
    private final Surroundings around;

    /**
     * What the parts work with but do not own; {@code wake} makes the owner turn the agent soon.
     */
    record Surroundings(
            StoreConfig config,
            StoreFilesOpener.Result opened,
            Arena memory,
            StoreMetrics metrics,
            ChecksumPool checksums,
            Executor slow,
            Runnable wake,
            PoolPort pool,
            long verifyBytesPerSecond) {}

    StoreAssembly(Surroundings around, EpochLedger ledger) {
        this.around = around;
        this.ledger = ledger;
        StoreFiles files = around.opened.files();
        HeaderTable headers = files.headers();
        long seed = new SecureRandom().nextLong();
        StoreMemory tables =
                StoreMemory.of(
                        around.memory,
                        headers.slabCount(),
                        headers.headersPerSlab(),
                        files.bootCount(),
                        seed);
        SlabAllocator slabs =
                new SlabAllocator(headers, tables.slots(), files::allocateHeaders, files.arenas());
        ObjectStore store = new ObjectStore(tables, headers, slabs, files.bootCount(), around.pool);
        StoreMetrics metrics = around.metrics;
        parts =
                new StoreParts(
                        around.config,
                        files,
                        metrics,
                        store,
                        new SessionTable(),
                        new EngineTable(),
                        new NamespaceTable(ledger),
                        new Budgets(around.config));
        Quarantine quarantine = new Quarantine(store, parts.engines(), around.opened.orphans());
        adoption = new Adoption(store, parts.namespaces(), quarantine, files.arenas());
        adoption.run();
        verbs = verbs(tables, quarantine);
        agent = new StoreAgent(parts, verbs, around.checksums);
        control = new StoreCommands(agent, parts, verbs, around.slow, around.wake);
        poolAccess = new PoolCommands(control, parts, verbs);
    }

    private StoreVerbs verbs(StoreMemory tables, Quarantine quarantine) {
        ObjectStore store = parts.store();
        StoreMetrics metrics = parts.metrics();
        EvictionEvents events = new EvictionEvents(parts.sessions().all(), metrics);
        Evictor evictor = new Evictor(store, tables.ghosts(), events, metrics);
        ChecksumFeeder feeder = new ChecksumFeeder(around.checksums, store);
        Staging staging = new Staging(around.pool, metrics);
        Lookups lookups =
                new Lookups(
                        store, tables.ghosts(), feeder, parts.budgets(), events, staging, metrics);
        staging.answerWith(lookups::resume);
        Reserver reserver = new Reserver(store, evictor, parts.budgets());
        Saves saves = new Saves(store, reserver, feeder, metrics);
        StoreVerbs.Pool pool =
                new StoreVerbs.Pool(
                        staging,
                        new StagedWrites(store, reserver, metrics),
                        new Describer(store, metrics),
                        new Inventory(store, around.pool),
                        new Holdings(store, evictor, around.pool));
        Resets resets = new Resets(store, evictor, this::raise, around.pool, metrics);
        Attachments attachments =
                new Attachments(parts, lookups, saves, quarantine, around.verifyBytesPerSecond);
        return new StoreVerbs(
                lookups, saves, resets, attachments, evictor, events, feeder, quarantine, pool);
    }

    private void raise(Namespace namespace, long epoch) {
        around.slow.execute(() -> {
            boolean durable = isWritten(namespace, epoch);
            agent.post(() -> verbs.resets().written(namespace, epoch, durable));
            around.wake.run();
        });
    }

    private boolean isWritten(Namespace namespace, long epoch) {
        try {
            ledger.raise(namespace.arena.tenant, namespace.digest, epoch);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
