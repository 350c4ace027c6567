// SPDX-License-Identifier: Apache-2.0
package io.moonpool.cli;

import io.moonpool.pool.embedded.DirectoryHost;
import io.moonpool.pool.master.DirectoryService;
import io.moonpool.pool.master.admin.AdminServer;
import io.moonpool.pool.master.admin.DirectoryView;
import io.moonpool.pool.master.admin.Summary;
import io.moonpool.pool.master.flags.MasterConfig;
import io.moonpool.pool.master.flags.MasterConfig.Listener;
import io.moonpool.pool.master.metadata.MetadataServer;
import io.moonpool.pool.master.rpc.RpcServer;
import io.moonpool.pool.settings.ConfigException;
import io.moonpool.pool.state.DirectoryConfig;
import io.moonpool.sidecar.Version;
import io.moonpool.sidecar.config.Defaults;
import io.moonpool.sidecar.durable.OwnedDirectory;
import io.moonpool.sidecar.lifecycle.CloseStack;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The composition root of a master: the directory, and the doors to it. */
final class Master implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Master.class);
    private static final String OWNER_ONLY = "rwx------";

    private final CloseStack parts = new CloseStack();
    private final MasterConfig config;
    private final DirectoryConfig directoryConfig;
    private final PrintWriter out;

    private Master(MasterConfig config, PrintWriter out) {
        this.config = config;
        this.directoryConfig = directoryConfig(config);
        this.out = out;
    }

    /** Returns when sidecars can join. */
    static Master start(MasterConfig config, PrintWriter out) throws ConfigException, PortTaken {
        Master master = new Master(config, out);
        try {
            master.startParts();
            return master;
        } catch (ConfigException | PortTaken | RuntimeException e) {
            master.close();
            throw e;
        }
    }

    private Stream<Listener> listeners() {
        return config.metadataOnly()
                ? config.metadata().stream()
                : Stream.concat(
                        Stream.of(config.rpc(), config.admin()), config.metadata().stream());
    }

    private void startParts() throws ConfigException, PortTaken {
        config.notes().forEach(LOG::warn);
        for (Listener listener : listeners().toList()) {
            Listening.check(listener);
        }
        if (config.metadataOnly()) {
            announceMetadata(serveMetadata());
            warnOfOpenDoors();
            return;
        }
        DirectoryHost directory = parts.push("directory", openDirectory());
        int rpcPort = serveDirectory(directory);
        DirectoryView view = new DirectoryView(directory);
        Summary summary = new Summary(view);
        int adminPort = servePages(view, summary);
        Optional<Integer> metadataPort = serveMetadata();
        warnOfOpenDoors();
        announce(rpcPort, adminPort, metadataPort);
        if (config.reporting()) {
            parts.push("report", new MasterReport(summary, out)).start();
        }
    }

    private DirectoryHost openDirectory() throws ConfigException {
        Path folder =
                config.dataDir()
                        .orElseGet(() ->
                                Defaults.masterDirectory(System.getenv(), config.rpc().port()));
        OwnedDirectory.create(folder, OWNER_ONLY, "data_dir");
        try {
            return DirectoryHost.open(folder, directoryConfig);
        } catch (IOException e) {
            throw new ConfigException(e.getMessage());
        }
    }

    private static DirectoryConfig directoryConfig(MasterConfig config) {
        DirectoryConfig defaults = DirectoryConfig.defaults(new SecureRandom().nextLong());
        long ttlMs = config.memberTimeout().toMillis();
        return new DirectoryConfig(
                defaults.seed(),
                defaults.heartbeatMs(),
                Math.min(defaults.timeoutMs(), ttlMs),
                ttlMs,
                Math.max(defaults.forgetMs(), ttlMs),
                defaults.settleMs(),
                defaults.slowStartMs(),
                defaults.copyMs(),
                defaults.membersMax(),
                defaults.layoutsMax(),
                defaults.marksMax(),
                defaults.tombstonesMax(),
                defaults.copiesMax(),
                defaults.sweepStep());
    }

    private int serveDirectory(DirectoryHost directory) throws ConfigException, PortTaken {
        RpcServer server =
                parts.push(
                        "rpc",
                        new RpcServer(
                                new DirectoryService(directory, directoryConfig),
                                DirectoryService.STREAMS,
                                "this port is for sidecars; pages for people are at %s %d"
                                        .formatted(
                                                config.admin().portFlag(), config.admin().port())));
        return Listening.open(
                config.rpc(), address -> server.start(address, config.rpc().portFlag()));
    }

    private int servePages(DirectoryView view, Summary summary) throws ConfigException, PortTaken {
        AdminServer server =
                parts.push(
                        "admin",
                        new AdminServer(view, summary, Version.string(), config.tenantQuotas()));
        return Listening.open(config.admin(), server::start);
    }

    private Optional<Integer> serveMetadata() throws ConfigException, PortTaken {
        if (config.metadata().isEmpty()) {
            return Optional.empty();
        }
        MetadataServer server = parts.push("metadata", new MetadataServer());
        return Optional.of(Listening.open(config.metadata().get(), server::start));
    }

    /** Mooncake binds to every address, and so do we; but not without a word. */
    private void warnOfOpenDoors() {
        List<String> open = new ArrayList<>();
        listeners()
                .filter(Master::isEverywhere)
                .forEach(listener ->
                        open.add(
                                "port %d (%s narrows it)"
                                        .formatted(listener.port(), listener.hostFlag())));
        if (!open.isEmpty()) {
            LOG.warn(
                    "reachable from every network, and nothing asks for a password: {}",
                    open.stream().collect(Collectors.joining(", ")));
        }
    }

    private static boolean isEverywhere(Listener listener) {
        InetAddress address = new InetSocketAddress(listener.host(), 0).getAddress();
        return address != null && address.isAnyLocalAddress();
    }

    /** On standard output as guides have it, in the log as today's Mooncake says it. */
    private void announce(int rpcPort, int adminPort, Optional<Integer> metadataPort) {
        out.println("Master service started on port " + rpcPort);
        out.println("HTTP metrics server started on port " + adminPort);
        out.flush();
        LOG.info(
                "Master service started on port {}, enable_metric_reporting={}, metrics_port={},"
                        + " metrics_host={}, client_ttl={}, rpc_address={},"
                        + " enable_http_metadata_server={}, enable_multi_tenants={}",
                rpcPort,
                config.reporting() ? 1 : 0,
                adminPort,
                config.admin().host(),
                config.memberTimeout().toSeconds(),
                config.rpc().host(),
                config.metadata().isPresent() ? 1 : 0,
                config.tenantQuotas() ? 1 : 0);
        announceMetadata(metadataPort);
        LOG.info("Master admin server started on port {}", adminPort);
    }

    private void announceMetadata(Optional<Integer> metadataPort) {
        metadataPort.ifPresent(port ->
                LOG.info(
                        "HTTP metadata server started on {}:{}",
                        config.metadata().orElseThrow().host(),
                        port));
    }

    /** Returns when the master can't go on. */
    void awaitFailure() throws InterruptedException {
        Thread.currentThread().join();
    }

    @Override
    public void close() {
        parts.close();
    }
}
