// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.common.grpc.GrpcSerializationFormats;
import com.linecorp.armeria.common.metric.NoopMeterRegistry;
import com.linecorp.armeria.common.util.EventLoopGroups;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.grpc.GrpcService;
import io.moonpool.pool.embedded.DirectoryHost;
import io.moonpool.pool.state.DirectoryConfig;
import io.moonpool.proto.v1.DirectoryGrpc;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A directory behind a real socket, which can be ended and started anew at the same port. */
final class Served implements AutoCloseable {
    private static final int MESSAGE_BYTES_MAX = 16 << 20;
    private static final long STOP_MS = 300;

    private final DirectoryConfig config;
    private final Path dataDir;
    private DirectoryHost host;
    private final EventLoopGroup loop = EventLoopGroups.newEventLoopGroup(1, "served");
    private Server server;
    private int port;

    Served(DirectoryConfig config, Path dataDir) throws IOException {
        this.config = config;
        this.dataDir = dataDir;
        start();
    }

    private void start() throws IOException {
        host = DirectoryHost.open(dataDir, config);
        server =
                Server.builder()
                        .http(new InetSocketAddress("127.0.0.1", port))
                        .service(
                                GrpcService.builder()
                                        .addService(new DirectoryService(host, config))
                                        .supportedSerializationFormats(
                                                GrpcSerializationFormats.PROTO)
                                        .maxRequestMessageLength(MESSAGE_BYTES_MAX)
                                        .build())
                        .maxRequestLength(0)
                        .workerGroup(loop, false)
                        .meterRegistry(NoopMeterRegistry.get())
                        .requestTimeout(Duration.ZERO)
                        .gracefulShutdownTimeout(Duration.ZERO, Duration.ZERO)
                        .build();
        server.start().join();
        port = server.activeLocalPort();
    }

    void restart() throws IOException {
        stop();
        start();
    }

    /** Its sockets are closed at once; its last threads take seconds, and nobody waits for them. */
    private void stop() {
        try {
            server.stop().get(STOP_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            assert server.activePorts().isEmpty() : "still listening";
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
        host.close();
    }

    DirectoryHost host() {
        return host;
    }

    <T> T stub(Class<T> type, ClientFactory factory) {
        return GrpcClients.builder("gproto+http://127.0.0.1:" + port)
                .factory(factory)
                .responseTimeout(Duration.ZERO)
                .maxResponseLength(0)
                .build(type);
    }

    DirectoryGrpc.DirectoryBlockingStub blocking() {
        return stub(DirectoryGrpc.DirectoryBlockingStub.class, ClientFactory.ofDefault());
    }

    @Override
    public void close() {
        stop();
        loop.shutdownGracefully(0, 100, TimeUnit.MILLISECONDS);
    }
}
