// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar;

import io.moonpool.pool.settings.ConfigException;
import io.moonpool.sidecar.config.AlreadyRunningException;
import io.moonpool.sidecar.config.ArenaFit;
import io.moonpool.sidecar.config.ByteSize;
import io.moonpool.sidecar.config.SidecarConfig;
import io.moonpool.sidecar.control.ControlServer;
import io.moonpool.sidecar.control.FirstCall;
import io.moonpool.sidecar.control.SessionBook;
import io.moonpool.sidecar.control.SocketClaim;
import io.moonpool.sidecar.control.StartFailure;
import io.moonpool.sidecar.descriptors.DescriptorServer;
import io.moonpool.sidecar.durable.FileEpochLedger;
import io.moonpool.sidecar.durable.LockFile;
import io.moonpool.sidecar.durable.OwnedDirectory;
import io.moonpool.sidecar.durable.RuntimeDirectory;
import io.moonpool.sidecar.http.HttpServer;
import io.moonpool.sidecar.http.MetricsPage;
import io.moonpool.sidecar.http.Readiness;
import io.moonpool.sidecar.lifecycle.CloseStack;
import io.moonpool.sidecar.liveness.LivenessWatch;
import io.moonpool.sidecar.pool.Pool;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The composition root: makes every part in the order of its dependencies, and closes them in the
 * opposite one. What is shared with engines (the arena) stays when it closes; the next start adopts
 * it.
 */
public final class Sidecar implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sidecar.class);
    private static final String OWNER_ONLY = "rwx------";

    private final CloseStack parts = new CloseStack();
    private final Readiness readiness = new Readiness();
    private final SidecarConfig config;
    private Optional<InetSocketAddress> httpAddress = Optional.empty();

    private CompletableFuture<Void> failure = new CompletableFuture<>();

    private Sidecar(SidecarConfig config) {
        this.config = config;
    }

    /** Returns when engines can attach. */
    public static Sidecar start(SidecarConfig config)
            throws ConfigException, AlreadyRunningException, StartFailure {
        Sidecar sidecar = new Sidecar(config);
        try {
            sidecar.startParts();
            return sidecar;
        } catch (ConfigException | AlreadyRunningException | StartFailure | RuntimeException e) {
            sidecar.close();
            throw e;
        }
    }

    private void startParts() throws ConfigException, AlreadyRunningException, StartFailure {
        SocketClaim sockets = parts.push("sockets", SocketClaim.take(config));
        claim("data-dir", config.dataDir());
        Path runtimeDir = RuntimeDirectory.of(config.arenaDir(), config.ownUid(), config.dataDir());
        ArenaFit.check(config, runtimeDir);
        claim("arena-dir", runtimeDir);
        Pool pool = new Pool(config.tenants().size(), config.arenaBytes(), config.dataDir());
        RunningStore store =
                parts.push(
                        "store",
                        RunningStore.start(
                                config,
                                runtimeDir,
                                FileEpochLedger.open(config.dataDir()),
                                pool.port()));
        failure = store.stopped();
        parts.push("pool", pool).connect(store.poolAccess(), store.control());
        if (config.pool().isPresent()) {
            pool.start(config.pool().get(), "the sidecar's own configuration");
        }
        readiness.reached(Readiness.Step.ARENA_ALLOCATED);
        listen(sockets, store, pool);
        readiness.reached(Readiness.Step.SOCKETS_LISTENING);
        logReached("listening");
        serveHttp(store, pool);
        FirstCall.make(config.socket());
        readiness.reached(Readiness.Step.PATHS_WARMED);
        logReached("ready");
    }

    private static void logReached(String what) {
        LOG.atInfo()
                .addKeyValue("pid", ProcessHandle.current().pid())
                .addKeyValue("uptime_ms", ManagementFactory.getRuntimeMXBean().getUptime())
                .log(what);
    }

    /**
     * Makes a directory and holds its lock: two sidecars on one of them would destroy each other's
     * files.
     */
    private void claim(String field, Path directory)
            throws ConfigException, AlreadyRunningException {
        OwnedDirectory.create(directory, OWNER_ONLY, field);
        try {
            Optional<LockFile> lock =
                    LockFile.tryTake(
                            RuntimeDirectory.lockIn(directory),
                            "pid %d\nsocket %s\n"
                                    .formatted(ProcessHandle.current().pid(), config.socket()));
            parts.push(
                    field + " lock",
                    lock.orElseThrow(() -> new AlreadyRunningException(field, directory)));
        } catch (IOException e) {
            throw new ConfigException(
                    "%s: '%s' can't be locked (%s); name another".formatted(field, directory, e));
        }
    }

    private void listen(SocketClaim sockets, RunningStore store, Pool pool)
            throws ConfigException, StartFailure {
        SessionBook book = new SessionBook();
        LivenessWatch liveness = parts.push("liveness", new LivenessWatch(book, store.control()));
        parts.push(
                "descriptor socket",
                DescriptorServer.start(sockets.descriptors(), book, store.control()));
        ControlServer control =
                parts.push(
                        "control socket",
                        new ControlServer(
                                config,
                                sockets,
                                store.control(),
                                store.metrics(),
                                book,
                                pool::offer,
                                liveness::examineSoon));
        control.start();
        sockets.openToAll();
        liveness.start();
    }

    private void serveHttp(RunningStore store, Pool pool) throws ConfigException {
        if (config.httpListen().isEmpty()) {
            return;
        }
        HttpServer http =
                parts.push(
                        "http",
                        new HttpServer(
                                new MetricsPage(store.control(), store.metrics(), pool.fetches()),
                                store.control(),
                                readiness));
        httpAddress = Optional.of(http.start(config.httpListen().get()));
    }

    /** The line that says where everything is. */
    public String summary() {
        return "moonpool sidecar %s ready: socket %s, arena %s%s, http %s"
                .formatted(
                        Version.string(),
                        config.socket(),
                        ByteSize.format(config.arenaBytes()),
                        config.tenants().size() == 1
                                ? ""
                                : " in " + config.tenants().size() + " tenants",
                        httpAddress.map(Sidecar::url).orElse("off"));
    }

    private static String url(InetSocketAddress address) {
        return "http://" + NetUtil.toSocketAddressString(address);
    }

    /** Returns when the sidecar can't go on: a bug has ended the store's thread. */
    public void awaitFailure() throws InterruptedException {
        try {
            failure.get();
            // It was stopped in good order, so this process is about to end.
            Thread.currentThread().join();
        } catch (ExecutionException e) {
            LOG.error("the store has failed, so this process ends; start it again", e.getCause());
        }
    }

    @Override
    public void close() {
        readiness.closing();
        parts.close();
    }
}
