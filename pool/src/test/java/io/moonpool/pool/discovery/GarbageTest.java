// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.discovery;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.moonpool.pool.settings.Setting;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that are none: they lie, chatter, break off or are silent. */
class GarbageTest {
    private static final Duration DEADLINE = Duration.ofSeconds(1);
    private static final String SILENCE = "";
    private static final String ENDLESS = "endless";

    private final ServerSocket listener;

    GarbageTest() throws IOException {
        listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws IOException {
        listener.close();
    }

    private void answerAlways(String answer) {
        Thread.ofVirtual()
                .start(() -> {
                    while (!listener.isClosed()) {
                        try {
                            Socket socket = listener.accept();
                            Thread.ofVirtual().start(() -> answer(socket, answer));
                        } catch (IOException e) {
                            return;
                        }
                    }
                });
    }

    private static void answer(Socket socket, String answer) {
        try {
            byte[] bytes = answer.getBytes(StandardCharsets.ISO_8859_1);
            if (answer.equals(ENDLESS)) {
                while (true) {
                    socket.getOutputStream()
                            .write("HTTP/1.1 200 OK\r\nx: ".getBytes(StandardCharsets.US_ASCII));
                    socket.getOutputStream().write(new byte[1 << 16]);
                }
            }
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
            if (!answer.isEmpty()) {
                Thread.sleep(100);
                socket.close();
            }
        } catch (IOException | InterruptedException e) {
            return;
        }
    }

    private List<String> addresses() {
        String host = "127.0.0.1:" + listener.getLocalPort();
        return List.of("http://" + host + "/metadata", "etcd://" + host, "redis://" + host);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                SILENCE,
                ENDLESS,
                "\u0000\u0001\u0002\u00ff",
                "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhttp",
                "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n{",
                "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]",
                "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n",
                "HTTP/1.1 301 Moved\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
                "$2000000000\r\n",
                "$-7\r\n",
                "$5\r\nhello__",
                "*3\r\n",
                "+OK\r\n",
                ":12345678901234567890\r\n",
                "-ERR no\r\n",
                "220 mail.example ESMTP\r\n"
            })
    void isNamedForWhatItIs(String answer) throws Exception {
        answerAlways(answer);
        for (String address : addresses()) {
            try (Discovery discovery = open(address)) {
                assertThatThrownBy(() -> discovery.get("key"))
                        .as(address)
                        .isInstanceOf(DiscoveryException.class)
                        .hasMessageStartingWith("metadata_server " + discovery.place());
            }
        }
    }

    @Test
    void namesAHostThatDoesNotExist() throws Exception {
        for (String scheme : List.of("http://%s/metadata", "etcd://%s", "redis://%s")) {
            try (Discovery discovery = open(scheme.formatted("no-such-host.invalid:1"))) {
                assertThatThrownBy(() -> discovery.get("key"))
                        .isInstanceOf(DiscoveryException.class)
                        .hasMessageContaining("no-such-host.invalid");
            }
        }
    }

    private static Discovery open(String address) throws Exception {
        return Discoveries.open(
                MetadataAddress.parse(new Setting("metadata_server", address, "test")),
                Map.of(),
                DEADLINE);
    }
}
