// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class PortOwnerTest {
    @Test
    void namesTheProcessThatListens() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
            assertThat(PortOwner.of(port).orElseThrow())
                    .startsWith("pid " + ProcessHandle.current().pid() + " (")
                    .contains("java");
        }
        assertThat(PortOwner.of(port)).isEmpty();
    }
}
