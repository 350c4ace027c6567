// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.grpc.GrpcSerializationFormats;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.grpc.GrpcService;
import io.moonpool.pool.http.BoundedServer;
import io.moonpool.pool.settings.ConfigException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletionException;

/** The port that other members call. */
final class PeerServer implements AutoCloseable {

    private static final int REQUEST_BYTES_MAX = 16 << 20;
    private static final int CONNECTIONS_MAX = 4096;
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);

    private final BoundedServer server;

    private PeerServer(BoundedServer server) {
        this.server = server;
    }

    static PeerServer start(InetSocketAddress address, PeerService service) throws ConfigException {
        try {
            return new PeerServer(
                    BoundedServer.start(
                            Server.builder()
                                    .port(address, SessionProtocol.HTTP)
                                    .service(
                                            GrpcService.builder()
                                                    .addService(service)
                                                    .supportedSerializationFormats(
                                                            GrpcSerializationFormats.PROTO)
                                                    .maxRequestMessageLength(REQUEST_BYTES_MAX)
                                                    .build())
                                    .maxRequestLength(REQUEST_BYTES_MAX)
                                    .requestTimeout(REQUEST_TIMEOUT)
                                    .disableDateHeader(),
                            "moonpool-peers",
                            CONNECTIONS_MAX));
        } catch (CompletionException e) {
            throw new ConfigException(
                    "transfer-listen: %s can't be listened on (%s); name a free address of this host"
                            .formatted(address, e.getCause().getMessage()));
        }
    }

    int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.close();
    }
}
