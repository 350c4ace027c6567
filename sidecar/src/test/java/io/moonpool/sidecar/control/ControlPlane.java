// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.util.DomainSocketAddress;
import io.moonpool.pool.settings.Setting;
import io.moonpool.proto.v1.AttachReply;
import io.moonpool.proto.v1.ControlGrpc;
import io.moonpool.sidecar.config.ConfigKey;
import io.moonpool.sidecar.config.ConfigLoader;
import io.moonpool.sidecar.config.Settings;
import io.moonpool.sidecar.config.SidecarConfig;
import io.moonpool.sidecar.descriptors.DescriptorServer;
import io.moonpool.sidecar.liveness.LivenessWatch;
import io.moonpool.sidecar.store.OrphanSession;
import io.moonpool.sidecar.store.StoreMetrics;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** The control plane around a fake store, on a real socket, with a client. */
final class ControlPlane implements AutoCloseable {
    final FakeStore store;
    final AtomicLong clock = new AtomicLong();
    final SidecarConfig config;
    final ControlGrpc.ControlBlockingStub client;
    final ControlGrpc.ControlStub asyncClient;
    final SocketClaim sockets;
    private final Path directory;
    private final ClientFactory factory = ClientFactory.builder().workerGroup(1).build();
    private final DescriptorServer descriptors;
    private final LivenessWatch liveness;
    private final ControlServer server;

    ControlPlane(Path directory, OrphanSession... orphans) throws Exception {
        this.directory = directory;
        store = new FakeStore(directory, orphans);
        config = config(directory);
        sockets = SocketClaim.take(config);
        SessionBook book = new SessionBook(clock::get);
        liveness = new LivenessWatch(book, store);
        descriptors = DescriptorServer.start(sockets.descriptors(), book, store);
        server =
                new ControlServer(
                        config,
                        sockets,
                        store,
                        new StoreMetrics(),
                        book,
                        PoolOffer.NONE,
                        liveness::examineSoon);
        server.start();
        sockets.openToAll();
        liveness.start();
        client = stub(ControlGrpc.ControlBlockingStub.class);
        asyncClient = stub(ControlGrpc.ControlStub.class);
    }

    static SidecarConfig config(Path directory) throws Exception {
        Settings settings = new Settings();
        settings.add(
                ConfigKey.SOCKET,
                new Setting(
                        "--socket",
                        directory.resolve("control.sock").toString(),
                        Setting.COMMAND_LINE));
        return ConfigLoader.load(settings, Optional.empty(), Map.of());
    }

    private <T> T stub(Class<T> type) {
        return GrpcClients.builder(
                        SessionProtocol.H2C, DomainSocketAddress.of(sockets.control()).asEndpoint())
                .factory(factory)
                .build(type);
    }

    /** A process that redeems the ticket and lives on. */
    ChildProcess redeem(AttachReply reply, boolean lock) throws Exception {
        return ChildProcess.client(directory, arguments(reply, lock));
    }

    String[] arguments(AttachReply reply, boolean lock) {
        return new String[] {
            sockets.descriptors().toString(),
            Long.toString(reply.getSessionId()),
            HexFormat.of().formatHex(reply.getTicket().toByteArray()),
            lock ? "lock" : "no-lock"
        };
    }

    void announceClosing() {
        server.announceClosing();
    }

    @Override
    public void close() throws Exception {
        factory.close();
        server.close();
        descriptors.close();
        liveness.close();
        sockets.close();
    }
}
