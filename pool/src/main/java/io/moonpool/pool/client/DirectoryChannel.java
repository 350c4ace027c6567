// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.client;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.common.SessionProtocol;
import io.moonpool.proto.v1.DirectoryGrpc;
import java.net.URI;
import java.time.Duration;

/** The calls to one directory at one address. */
final class DirectoryChannel implements AutoCloseable {

    private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(1_000);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(3);
    private static final int REPLY_BYTES_MAX = 64 << 20;

    private final ClientFactory factory;
    final DirectoryGrpc.DirectoryBlockingStub calls;
    final DirectoryGrpc.DirectoryFutureStub questions;
    final DirectoryGrpc.DirectoryStub streams;

    DirectoryChannel(String address) {
        factory =
                ClientFactory.builder()
                        .workerGroup(1)
                        .connectTimeout(CONNECT_TIMEOUT)
                        .idleTimeout(Duration.ZERO)
                        .build();
        URI uri = URI.create("gproto+" + SessionProtocol.H2C.uriText() + "://" + address);
        calls =
                GrpcClients.builder(uri)
                        .factory(factory)
                        .responseTimeout(CALL_TIMEOUT)
                        .maxResponseLength(REPLY_BYTES_MAX)
                        .build(DirectoryGrpc.DirectoryBlockingStub.class);
        questions =
                GrpcClients.builder(uri)
                        .factory(factory)
                        .responseTimeout(CALL_TIMEOUT)
                        .maxResponseLength(REPLY_BYTES_MAX)
                        .build(DirectoryGrpc.DirectoryFutureStub.class);
        streams =
                GrpcClients.builder(uri)
                        .factory(factory)
                        .responseTimeout(Duration.ZERO)
                        .maxResponseLength(0)
                        .build(DirectoryGrpc.DirectoryStub.class);
    }

    @Override
    public void close() {
        factory.close();
    }
}
