// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.util.DomainSocketAddress;
import io.moonpool.proto.v1.AdminGrpc;
import io.moonpool.proto.v1.StatusReply;
import io.moonpool.proto.v1.StatusRequest;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Asks a sidecar for its status over its socket; failures are gRPC's {@code
 * StatusRuntimeException}.
 */
public final class AdminClient implements AutoCloseable {
    private final ClientFactory factory =
            ClientFactory.builder().workerGroup(1).connectTimeout(Duration.ofSeconds(2)).build();
    private final AdminGrpc.AdminBlockingStub stub;

    public AdminClient(Path socket, Duration timeout) {
        this.stub =
                GrpcClients.builder(
                                SessionProtocol.H2C, DomainSocketAddress.of(socket).asEndpoint())
                        .factory(factory)
                        .responseTimeout(timeout)
                        .build(AdminGrpc.AdminBlockingStub.class);
    }

    public StatusReply status() {
        return stub.status(StatusRequest.getDefaultInstance());
    }

    @Override
    public void close() {
        factory.close();
    }
}
