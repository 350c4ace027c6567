// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.sidecar.store.checksum.ChecksumPool;
import io.moonpool.sidecar.store.checksum.ChecksumRunner;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * All of a store but its threads: files, tables, and an agent that its owner turns. {@link Store}
 * turns it as a sidecar does; tests and benchmarks turn it by hand.
 */
public final class StoreCore implements AutoCloseable {

    private final StoreFiles files;
    private final Arena memory = Arena.ofShared();
    private final ChecksumPool checksums;
    private final StartReport report;
    final StoreAssembly assembly;

    /**
     * What the owner lends.
     *
     * @param checksums makes the pool; each of its threads asks for a runner of its own
     * @param slow for what waits for a disk or for memory
     * @param pool the other hosts
     * @param wake called by other threads: {@link #doWork} has something to do
     * @param verifyBytesPerSecond what the pool can do, for clients to know
     */
    public record Helpers(
            Function<Supplier<ChecksumRunner>, ChecksumPool> checksums,
            Executor slow,
            Runnable wake,
            PoolPort pool,
            long verifyBytesPerSecond) {}

    private StoreCore(Opened opened, EpochLedger ledger, StoreMetrics metrics, Helpers helpers) {
        files = opened.result.files();
        checksums =
                helpers.checksums.apply(
                        () -> new ChecksumRunner(files.headers(), files.arenaMemory()));
        assembly =
                new StoreAssembly(
                        new StoreAssembly.Surroundings(
                                opened.config,
                                opened.result,
                                memory,
                                metrics,
                                checksums,
                                helpers.slow,
                                helpers.wake,
                                helpers.pool,
                                helpers.verifyBytesPerSecond),
                        ledger);
        Adoption adoption = assembly.adoption;
        metrics.add(StoreCount.OBJECTS_ADOPTED, adoption.objectsAdopted());
        metrics.add(StoreCount.SLOTS_QUARANTINED, adoption.slotsQuarantined());
        report =
                new StartReport(
                        opened.result.adopted(),
                        files.bootIdBytes(),
                        files.bootCount(),
                        adoption.objectsAdopted(),
                        adoption.slotsQuarantined(),
                        helpers.verifyBytesPerSecond,
                        opened.notes);
    }

    private record Opened(StoreConfig config, StoreFilesOpener.Result result, List<String> notes) {}

    /**
     * Opens the files and adopts what is in them; refuses with {@link StoreRefusal} when that can't
     * be.
     */
    public static StoreCore open(
            StoreConfig config, EpochLedger ledger, StoreMetrics metrics, Helpers helpers)
            throws IOException {
        List<String> notes = new ArrayList<>();
        StoreFilesOpener.Result result = new StoreFilesOpener(config, notes).open();
        return new StoreCore(new Opened(config, result, notes), ledger, metrics, helpers);
    }

    public StartReport report() {
        return report;
    }

    public StoreControl control() {
        return assembly.control;
    }

    public PoolAccess poolAccess() {
        return assembly.poolAccess;
    }

    /** One duty cycle, always by the same thread; 0: there was nothing to do. */
    public int doWork() {
        return assembly.agent.doWork();
    }

    MemorySegment doorbell() {
        return files.doorbell().map();
    }

    boolean isStopped() {
        return assembly.control.isStopped();
    }

    void stop() {
        assembly.control.stop();
    }

    /** Unmaps. Pins stay in the header table: the next life finds who may still be copying. */
    @Override
    public void close() {
        checksums.close();
        assembly.parts.sessions().all().forEach(StoreCore::closeFile);
        files.close();
        memory.close();
    }

    private static void closeFile(Session session) {
        if (session.state != Session.State.GONE) {
            session.file.close();
        }
    }
}
