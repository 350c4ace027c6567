// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.client;

import com.google.common.util.concurrent.ListenableFuture;
import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.common.SessionProtocol;
import io.moonpool.proto.v1.DescribeReply;
import io.moonpool.proto.v1.DescribeRequest;
import io.moonpool.proto.v1.PeerGrpc;
import io.moonpool.proto.v1.TakeReply;
import io.moonpool.proto.v1.TakeRequest;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Calls to other members, over connections that stay. Any thread. */
public final class PeerCalls implements AutoCloseable {

    private static final int PEERS_MAX = 1024;
    private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(500);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);
    private static final int REPLY_BYTES_MAX = 64 << 20;

    private final ClientFactory factory =
            ClientFactory.builder().workerGroup(1).connectTimeout(CONNECT_TIMEOUT).build();

    private final Map<String, PeerGrpc.PeerFutureStub> stubs =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(
                        Map.Entry<String, PeerGrpc.PeerFutureStub> eldest) {
                    return size() > PEERS_MAX;
                }
            };

    public ListenableFuture<DescribeReply> describe(String endpoint, DescribeRequest request) {
        return stub(endpoint).describe(request);
    }

    public ListenableFuture<TakeReply> take(String endpoint, TakeRequest request) {
        return stub(endpoint).take(request);
    }

    private synchronized PeerGrpc.PeerFutureStub stub(String endpoint) {
        return stubs.computeIfAbsent(endpoint, this::connect);
    }

    private PeerGrpc.PeerFutureStub connect(String endpoint) {
        URI uri = URI.create("gproto+" + SessionProtocol.H2C.uriText() + "://" + endpoint);
        return GrpcClients.builder(uri)
                .factory(factory)
                .responseTimeout(CALL_TIMEOUT)
                .maxResponseLength(REPLY_BYTES_MAX)
                .build(PeerGrpc.PeerFutureStub.class);
    }

    @Override
    public void close() {
        factory.close();
    }
}
