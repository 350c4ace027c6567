// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import com.linecorp.armeria.common.logging.RequestLogProperty;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import java.io.IOException;

/**
 * The process at the other end, as the kernel names it (SO_PEERCRED); nothing it says of itself
 * counts.
 */
record Peer(int uid) {

    /** Of the call that this thread serves. */
    static Peer current() {
        Channel channel =
                ServiceRequestContext.current()
                        .log()
                        .ensureAvailable(RequestLogProperty.SESSION)
                        .channel();
        // An HTTP/2 stream is a child of the connection's channel.
        for (Channel each = channel; each != null; each = each.parent()) {
            if (each instanceof EpollDomainSocketChannel socket) {
                return of(socket);
            }
        }
        throw Refusals.internal("the connection is no Unix socket");
    }

    private static Peer of(EpollDomainSocketChannel socket) {
        try {
            return new Peer(socket.peerCredentials().uid());
        } catch (IOException e) {
            throw Refusals.internal("the socket does not name its peer: " + e.getMessage());
        }
    }
}
