// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * One call through the front door at the start, so that the first engine does not pay for loading
 * classes, and a sidecar that does not answer says so itself. Speaks gRPC over HTTP/1.1 with
 * nothing but the JDK, because loading a gRPC client would take longer than all the rest.
 */
public final class FirstCall {
    private static final byte[] EMPTY_MESSAGE = new byte[5];
    private static final String HEAD =
            """
            POST /moonpool.v1.Admin/Status HTTP/1.1\r
            host: localhost\r
            te: trailers\r
            content-type: application/grpc\r
            content-length: %d\r
            connection: close\r
            \r
            """;
    private static final String STATUS = "grpc-status: ";
    private static final String SUCCESS = STATUS + "0";
    private static final int ANSWER_BYTES_MAX = 1 << 20;

    private FirstCall() {}

    /** Bounded by the server's own request timeout, after which it closes the connection. */
    public static void make(Path socket) throws StartFailure {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            send(channel, HEAD.formatted(EMPTY_MESSAGE.length).getBytes(StandardCharsets.US_ASCII));
            send(channel, EMPTY_MESSAGE);
            String answer = receive(channel);
            if (!answer.contains(SUCCESS)) {
                throw new IOException(
                        "unexpected answer: " + answer.lines().findFirst().orElse(""));
            }
        } catch (IOException e) {
            throw new StartFailure("the sidecar does not answer on its own socket: " + e, e);
        }
    }

    private static void send(SocketChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /** Until its status has come: the server may keep the connection for a while. */
    private static String receive(SocketChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(ANSWER_BYTES_MAX);
        String answer = "";
        while (!answer.contains(STATUS) && buffer.hasRemaining() && channel.read(buffer) >= 0) {
            answer = new String(buffer.array(), 0, buffer.position(), StandardCharsets.ISO_8859_1);
        }
        return answer;
    }
}
