// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar;

import io.moonpool.pool.settings.ConfigException;
import io.moonpool.sidecar.config.ArenaFit;
import io.moonpool.sidecar.config.SidecarConfig;
import io.moonpool.sidecar.control.StartFailure;
import io.moonpool.sidecar.store.ArenaSpec;
import io.moonpool.sidecar.store.EpochLedger;
import io.moonpool.sidecar.store.PoolAccess;
import io.moonpool.sidecar.store.PoolPort;
import io.moonpool.sidecar.store.StartReport;
import io.moonpool.sidecar.store.Store;
import io.moonpool.sidecar.store.StoreConfig;
import io.moonpool.sidecar.store.StoreControl;
import io.moonpool.sidecar.store.StoreMetrics;
import io.moonpool.sidecar.store.StoreRefusal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store as this process runs it: made from the configuration, turning, and told to say goodbye
 * before it ends.
 */
final class RunningStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RunningStore.class);
    private static final long GOODBYE_MS = 1_000;

    private final Store store;
    private final StoreMetrics metrics;

    private RunningStore(Store store, StoreMetrics metrics) {
        this.store = store;
        this.metrics = metrics;
    }

    static RunningStore start(
            SidecarConfig config, Path runtimeDir, EpochLedger ledger, PoolPort pool)
            throws ConfigException, StartFailure {
        StoreMetrics metrics = new StoreMetrics();
        try {
            Store store = Store.open(storeConfig(config, runtimeDir), ledger, metrics, pool);
            report(store.report());
            store.start();
            return new RunningStore(store, metrics);
        } catch (StoreRefusal | IOException e) {
            if (ArenaFit.isExhausted(e)) {
                throw ArenaFit.exhausted(config);
            }
            if (e instanceof StoreRefusal) {
                throw new ConfigException(e.getMessage());
            }
            throw new StartFailure("the arena can't be opened: " + e.getMessage(), e);
        }
    }

    private static StoreConfig storeConfig(SidecarConfig config, Path runtimeDir) {
        return new StoreConfig(
                config.tenants().stream()
                        .map(tenant -> new ArenaSpec(tenant.name(), tenant.arenaBytes()))
                        .toList(),
                config.slabBytes(),
                runtimeDir,
                config.checksumThreads(),
                config.shares().lease(),
                config.shares().allLeases(),
                config.shares().reservation(),
                StoreConfig.RING_BYTES_DEFAULT,
                StoreConfig.RING_BYTES_DEFAULT,
                StoreConfig.LOOKUP_DEADLINE_MS_DEFAULT,
                StoreConfig.SESSIONS_MAX_DEFAULT);
    }

    private static void report(StartReport report) {
        report.notes().forEach(LOG::warn);
        LOG.atInfo()
                .addKeyValue("adopted", report.adopted())
                .addKeyValue("start", report.bootCount())
                .addKeyValue("objects", report.objectsAdopted())
                .addKeyValue("quarantined_slots", report.slotsQuarantined())
                .addKeyValue("verify_bytes_per_second", report.verifyBytesPerSecond())
                .log("arena allocated");
    }

    StoreControl control() {
        return store.control();
    }

    PoolAccess poolAccess() {
        return store.poolAccess();
    }

    StoreMetrics metrics() {
        return metrics;
    }

    /** Ends exceptionally when a bug ended the store's thread: nothing works from then on. */
    CompletableFuture<Void> stopped() {
        return store.stopped();
    }

    /** Sessions hear of it first, so that engines go on at once instead of noticing a silence. */
    @Override
    public void close() {
        store.control()
                .shutdown()
                .completeOnTimeout(null, GOODBYE_MS, TimeUnit.MILLISECONDS)
                .join();
        store.close();
    }
}
