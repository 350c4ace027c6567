// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.grpc.GrpcSerializationFormats;
import com.linecorp.armeria.common.util.DomainSocketAddress;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerPort;
import com.linecorp.armeria.server.grpc.GrpcService;
import io.moonpool.pool.http.BoundedServer;
import io.moonpool.sidecar.config.SidecarConfig;
import io.moonpool.sidecar.store.StoreControl;
import io.moonpool.sidecar.store.StoreMetrics;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/**
 * The gRPC server on the control socket. Owns its threads; the socket's name belongs to {@link
 * SocketClaim}.
 */
public final class ControlServer implements AutoCloseable {
    private static final long BEAT_S = 2;
    private static final int REQUEST_BYTES_MAX = 64 << 20;
    private static final int CONNECTIONS_MAX = 4096;
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);

    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("moonpool-beat").factory());
    private final ControlService control;
    private final WatchStreams streams;
    private final ServerBuilder builder;
    private BoundedServer server;

    /** {@code onWatchEnd} is told the session whose stream ended; it must not block. */
    public ControlServer(
            SidecarConfig config,
            SocketClaim sockets,
            StoreControl store,
            StoreMetrics metrics,
            SessionBook book,
            PoolOffer pool,
            LongConsumer onWatchEnd) {
        this.streams = new WatchStreams(id -> book.find(id).isPresent(), onWatchEnd);
        this.control =
                new ControlService(
                        store,
                        book,
                        streams,
                        new TenantGate(config),
                        sockets.descriptors().getFileName().toString(),
                        pool,
                        executor);
        AdminService admin = new AdminService(store, metrics, book, config.ownUid(), executor);
        this.builder =
                Server.builder()
                        .port(
                                new ServerPort(
                                        DomainSocketAddress.of(sockets.control()),
                                        SessionProtocol.HTTP))
                        .service(
                                GrpcService.builder()
                                        .addService(control)
                                        .addService(admin)
                                        // The default builds JSON marshallers too, which takes
                                        // seconds.
                                        .supportedSerializationFormats(
                                                GrpcSerializationFormats.PROTO)
                                        .maxRequestMessageLength(REQUEST_BYTES_MAX)
                                        .build())
                        .maxRequestLength(REQUEST_BYTES_MAX)
                        .requestTimeout(REQUEST_TIMEOUT)
                        .disableDateHeader();
    }

    /** Returns when the socket listens. */
    public void start() throws StartFailure {
        try {
            server = BoundedServer.start(builder, "moonpool-control", CONNECTIONS_MAX);
        } catch (CompletionException e) {
            throw new StartFailure("the control socket can't be opened: " + e.getCause(), e);
        }
        timer.scheduleAtFixedRate(streams::beat, BEAT_S, BEAT_S, TimeUnit.SECONDS);
    }

    /** Refuses new calls and tells each stream that the sidecar goes away. */
    public void announceClosing() {
        control.close();
    }

    @Override
    public void close() {
        announceClosing();
        timer.shutdownNow();
        if (server != null) {
            server.close();
        }
        executor.shutdownNow();
    }
}
