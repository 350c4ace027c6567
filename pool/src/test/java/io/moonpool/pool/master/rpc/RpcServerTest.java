// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.client.grpc.GrpcClients;
import io.grpc.stub.StreamObserver;
import io.moonpool.pool.harness.Http;
import io.moonpool.proto.v1.DirectoryGrpc;
import io.moonpool.proto.v1.MembersReply;
import io.moonpool.proto.v1.MembersRequest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is let in, and that nobody else is left hanging. */
class RpcServerTest {
    /** Mooncake's ServiceReady, as a real client sends it first. */
    private static final String SERVICE_READY =
            "15000000" + "00000000" + "38d5e1bb" + "0000000000000000";

    private final RpcServer server =
            new RpcServer(new Fixed(), Set.of("moonpool.v1.Directory/Changes"), "elsewhere");
    private int port;

    /** Knows one figure. */
    private static final class Fixed extends DirectoryGrpc.DirectoryImplBase {
        @Override
        public void members(MembersRequest request, StreamObserver<MembersReply> answer) {
            answer.onNext(MembersReply.newBuilder().setObjects(42).build());
            answer.onCompleted();
        }
    }

    @BeforeEach
    void start() {
        port = server.start(new InetSocketAddress("127.0.0.1", 0), "--rpc_port");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private long objects() {
        return GrpcClients.newClient(
                        "gproto+http://127.0.0.1:" + port + "/",
                        DirectoryGrpc.DirectoryBlockingStub.class)
                .members(MembersRequest.getDefaultInstance())
                .getObjects();
    }

    @Test
    void letsGrpcInAfterAllKindsOfStrangers() throws Exception {
        assertThat(objects()).isEqualTo(42);
        for (String start : new String[] {SERVICE_READY, "16030100", "00", "50524920ff"}) {
            assertThat(answer(HexFormat.of().parseHex(start))).isEmpty();
        }
        assertThat(objects()).isEqualTo(42);
    }

    @Test
    void closesWhoSaysTooLittle() throws Exception {
        try (Socket silent = new Socket("127.0.0.1", port);
                Socket slow = new Socket("127.0.0.1", port)) {
            slow.getOutputStream().write("PRI".getBytes(StandardCharsets.US_ASCII));
            for (Socket socket : new Socket[] {silent, slow}) {
                socket.setSoTimeout(20_000);
                assertThat(socket.getInputStream().readAllBytes()).isEmpty();
            }
        }
    }

    @Test
    void tellsABrowserWhereItWantsToGo() throws Exception {
        assertThat(Http.get(port, "/").body()).isEqualTo("elsewhere\n");
        assertThat(Http.get(port, "/").status()).isEqualTo(404);
    }

    @Test
    void decidesByTheFirstBytesHoweverTheyArrive() {
        byte[] preface = "PRI * HTTP/2.0\r\n".getBytes(StandardCharsets.US_ASCII);
        for (int length = 0; length < preface.length; length++) {
            assertThat(Caller.of(preface, length))
                    .isEqualTo(length < "PRI * HTTP/2.0".length() ? Caller.UNDECIDED : Caller.HTTP);
        }
        assertThat(Caller.of(new byte[] {0x15}, 1)).isEqualTo(Caller.MOONCAKE);
        assertThat(Caller.of(new byte[] {0x16}, 1)).isEqualTo(Caller.TLS);
        assertThat(Caller.of("GOT /".getBytes(StandardCharsets.US_ASCII), 5))
                .isEqualTo(Caller.STRANGER);
    }

    /** Everything until the server closes the connection; a test that waits for it can't hang. */
    private byte[] answer(byte[] said) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(said);
            return socket.getInputStream().readAllBytes();
        }
    }
}
