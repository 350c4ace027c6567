// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SocketChannel;

/** What both ends do with a socket. */
final class Sockets {
    private Sockets() {}

    /** Before it connects, or after it was accepted. */
    static void prepare(SocketChannel channel, TcpSettings settings) throws IOException {
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        if (settings.connections().socketBufferBytes() > 0) {
            channel.setOption(
                    StandardSocketOptions.SO_SNDBUF, settings.connections().socketBufferBytes());
            channel.setOption(
                    StandardSocketOptions.SO_RCVBUF, settings.connections().socketBufferBytes());
        }
    }

    /** An error of a close changes nothing for anybody. */
    static void close(NetworkChannel channel) {
        if (channel == null) {
            return;
        }
        try {
            channel.close();
        } catch (IOException ignored) {
            return;
        }
    }
}
