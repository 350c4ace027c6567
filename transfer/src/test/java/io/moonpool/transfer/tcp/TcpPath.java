// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.conformance.Path;
import io.moonpool.transfer.spi.PeerAddress;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A proxy before a transport, which passes bytes on until it is told otherwise. */
final class TcpPath implements Path {
    private static final int BUFFER_BYTES = 64 << 10;

    private final ServerSocket door;
    private final PeerAddress behind;
    private final InetSocketAddress target;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private boolean frozen;
    private volatile boolean closed;

    TcpPath(PeerAddress behind) throws IOException {
        this.behind = behind;
        this.target = Endpoints.resolve(behind.endpoints()).getFirst();
        this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    @Override
    public PeerAddress address() {
        InetSocketAddress here = (InetSocketAddress) door.getLocalSocketAddress();
        return new PeerAddress(behind.token(), List.of(Endpoints.format(here)));
    }

    int connections() {
        return sockets.size() / 2;
    }

    @Override
    public synchronized void freeze() {
        frozen = true;
    }

    @Override
    public synchronized void thaw() {
        frozen = false;
        notifyAll();
    }

    @Override
    public void cut() {
        sockets.forEach(TcpPath::reset);
        sockets.clear();
    }

    /** Only the connection that was made first. */
    void cutOne() {
        for (int i = 0; i < 2 && !sockets.isEmpty(); i++) {
            reset(sockets.removeFirst());
        }
    }

    @Override
    public void kill() {
        close();
    }

    @Override
    public void close() {
        closed = true;
        try {
            door.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        thaw();
        cut();
    }

    private void accept() {
        while (!closed) {
            try {
                Socket guest = door.accept();
                Socket onward = new Socket(target.getAddress(), target.getPort());
                synchronized (sockets) {
                    sockets.add(guest);
                    sockets.add(onward);
                }
                if (closed) {
                    cut();
                }
                Thread.ofVirtual().start(() -> pass(guest, onward));
                Thread.ofVirtual().start(() -> pass(onward, guest));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void pass(Socket from, Socket to) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                awaitThaw();
                to.getOutputStream().write(buffer, 0, count);
            }
        } catch (IOException e) {
            reset(from);
            reset(to);
        }
    }

    private synchronized void awaitThaw() {
        while (frozen && !closed) {
            try {
                wait();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            return;
        }
    }
}
