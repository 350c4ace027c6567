// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.PeerAddress;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;

/** A server that greets as it is told, and answers each request with what it is told. */
final class RawOwner implements AutoCloseable {
    /** What to answer a request; null to hang up. */
    @FunctionalInterface
    interface Answer {
        ByteBuffer to(ByteBuffer requestHead);
    }

    private final ServerSocket door;
    private final ByteBuffer welcome;
    private final Answer answer;
    private final List<Socket> guests = new java.util.concurrent.CopyOnWriteArrayList<>();

    RawOwner(ByteBuffer welcome, Answer answer) throws IOException {
        this.welcome = welcome;
        this.answer = answer;
        this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    static ByteBuffer goodWelcome() {
        ByteBuffer direct = Hello.welcome(TestTransports.settings(), null);
        return RawGuest.buffer(Wire.WELCOME_BYTES).put(0, direct, 0, Wire.WELCOME_BYTES);
    }

    /** A right answer of this many bytes, all zero. */
    static ByteBuffer reply(ByteBuffer request, int payload) {
        ByteBuffer reply = RawGuest.buffer(Wire.REPLY_BYTES + payload);
        reply.put(Wire.REPLY_TYPE, (byte) (request.get(Wire.REQUEST_TYPE) | Wire.REPLY_BIT));
        reply.putLong(Wire.REPLY_ID, request.getLong(Wire.REQUEST_ID));
        return reply.putLong(Wire.REPLY_PAYLOAD, payload);
    }

    PeerAddress address() {
        InetSocketAddress here = (InetSocketAddress) door.getLocalSocketAddress();
        return new PeerAddress(TestTransports.TOKEN, List.of(Endpoints.format(here)));
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                Socket guest = door.accept();
                guests.add(guest);
                Thread.ofVirtual().start(() -> serve(guest));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket guest) {
        try (guest) {
            DataInputStream in = new DataInputStream(guest.getInputStream());
            in.readNBytes(Wire.HELLO_BYTES);
            guest.getOutputStream().write(welcome.array());
            while (true) {
                ByteBuffer head = RawGuest.buffer(Wire.REQUEST_BYTES);
                in.readFully(head.array());
                int name = Wire.aligned(head.getShort(Wire.REQUEST_NAME_LENGTH));
                in.skipNBytes(name + head.getInt(Wire.REQUEST_PIECES) * Wire.PIECE_BYTES);
                ByteBuffer reply = answer.to(head);
                if (reply == null) {
                    return;
                }
                guest.getOutputStream().write(reply.array());
            }
        } catch (IOException e) {
            return;
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
        for (Socket guest : guests) {
            guest.close();
        }
    }
}
