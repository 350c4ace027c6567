// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.Token;
import io.moonpool.transfer.spi.TransportListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Transports on the loopback device, at any port. */
final class TestTransports {
    static final Token TOKEN =
            Token.of("member-number-01".getBytes(java.nio.charset.StandardCharsets.US_ASCII));

    private TestTransports() {}

    static TcpTransport start() throws IOException {
        return TcpTransport.start(settings(), TransportListener.NONE);
    }

    static TcpSettings settings() {
        return TcpSettings.of(TOKEN)
                .listeningOn(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }
}
