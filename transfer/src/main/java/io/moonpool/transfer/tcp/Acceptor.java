// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.EndCause;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** Listens on one address and gives each guest to an I/O thread. */
final class Acceptor implements Connection {
    private static final int BACKLOG = 256;
    private static final int ACCEPTS_MAX = 64;

    private final TcpTransport transport;
    private final IoLoop loop;
    private final ServerSocketChannel channel;
    private final InetSocketAddress address;
    private SelectionKey key;

    /** Listens when it returns. */
    Acceptor(TcpTransport transport, IoLoop loop, InetSocketAddress wanted) throws IOException {
        this.transport = transport;
        this.loop = loop;
        this.channel = ServerSocketChannel.open();
        try {
            int buffer = transport.settings().connections().socketBufferBytes();
            if (buffer > 0) {
                channel.setOption(StandardSocketOptions.SO_RCVBUF, buffer);
            }
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.configureBlocking(false);
            channel.bind(wanted, BACKLOG);
            address = (InetSocketAddress) channel.getLocalAddress();
        } catch (IOException e) {
            Sockets.close(channel);
            throw new IOException(
                    "the transfer address can't be bound (is it taken, or of another host?): address="
                            + wanted
                            + ": "
                            + e.getMessage(),
                    e);
        }
    }

    InetSocketAddress address() {
        return address;
    }

    void start() {
        loop.post(() -> {
            loop.add(this);
            loop.guarded(this, () -> key = loop.register(channel, SelectionKey.OP_ACCEPT, this));
        });
    }

    /** Any thread. */
    void close() {
        Sockets.close(channel);
    }

    @Override
    public void onReady(int operations) {
        for (int i = 0; i < ACCEPTS_MAX; i++) {
            SocketChannel guest = accept();
            if (guest == null) {
                return;
            }
            transport.admit(guest);
        }
    }

    @Override
    public void onTick(long now) {
        if (key != null && key.isValid()) {
            key.interestOps(SelectionKey.OP_ACCEPT);
        }
    }

    @Override
    public void end(EndCause cause, String detail) {
        close();
        loop.remove(this);
        if (cause != EndCause.CLOSED && !transport.isClosed()) {
            transport.tell("listener " + address, cause, detail);
        }
    }

    /** Out of descriptors, most likely: it passes, and trying again at once would burn a core. */
    private SocketChannel accept() {
        try {
            return channel.accept();
        } catch (IOException e) {
            if (channel.isOpen() && key.isValid()) {
                key.interestOps(0);
                transport.tell("listener " + address, EndCause.NOT_CONNECTED, e.getMessage());
            }
            return null;
        }
    }
}
