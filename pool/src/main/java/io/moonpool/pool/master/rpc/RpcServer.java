// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.rpc;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.grpc.GrpcSerializationFormats;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.SimpleDecoratingHttpService;
import com.linecorp.armeria.server.grpc.GrpcService;
import io.grpc.BindableService;
import io.moonpool.pool.http.BoundedServer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;

/** Serves a gRPC service to other hosts over plain HTTP/2. */
public final class RpcServer implements AutoCloseable {
    private static final int CONNECTIONS_MAX = 8192;
    private static final int MESSAGE_BYTES_MAX = 16 << 20;
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration PING_INTERVAL = Duration.ofSeconds(5);
    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(15);

    private final BindableService service;
    private final Set<String> streams;
    private final String hint;
    private BoundedServer server;

    /**
     * {@code streams} are the full names of methods that go on for as long as both sides like;
     * {@code hint} is what a browser is told that comes here.
     */
    public RpcServer(BindableService service, Set<String> streams, String hint) {
        this.service = service;
        this.streams = Set.copyOf(streams);
        this.hint = hint;
    }

    /**
     * Returns the port; fails with a CompletionException when it can't be had. {@code flag} names
     * it in the log.
     */
    public int start(InetSocketAddress address, String flag) {
        Door door = new Door(flag + " " + address.getPort());
        server =
                BoundedServer.start(
                        Server.builder()
                                .http(address)
                                .service(
                                        GrpcService.builder()
                                                .addService(service)
                                                // The default builds JSON marshallers too, which
                                                // takes seconds.
                                                .supportedSerializationFormats(
                                                        GrpcSerializationFormats.PROTO)
                                                .maxRequestMessageLength(MESSAGE_BYTES_MAX)
                                                .build(),
                                        Unending::new)
                                .serviceUnder("/", (context, request) -> elsewhere())
                                .maxRequestLength(MESSAGE_BYTES_MAX)
                                .requestTimeout(REQUEST_TIMEOUT)
                                .idleTimeout(IDLE_TIMEOUT)
                                .pingInterval(PING_INTERVAL)
                                .childChannelPipelineCustomizer(
                                        pipeline -> pipeline.addFirst(new FirstBytes(door))),
                        "moonpool-rpc",
                        CONNECTIONS_MAX);
        return server.port();
    }

    private HttpResponse elsewhere() {
        return HttpResponse.of(HttpStatus.NOT_FOUND, MediaType.PLAIN_TEXT_UTF_8, hint + "\n");
    }

    /** Lifts the bounds on a whole call from those that are streams; each message keeps its own. */
    private final class Unending extends SimpleDecoratingHttpService {
        Unending(HttpService delegate) {
            super(delegate);
        }

        @Override
        public HttpResponse serve(ServiceRequestContext context, HttpRequest request)
                throws Exception {
            if (streams.contains(context.path().substring(1))) {
                context.clearRequestTimeout();
                context.setMaxRequestLength(0);
            }
            return unwrap().serve(context, request);
        }
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
    }
}
