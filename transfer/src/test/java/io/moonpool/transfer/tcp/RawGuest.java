// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.Token;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A client that says exactly what a test wants it to say. */
final class RawGuest implements AutoCloseable {
    private static final int PATIENCE_MS = 20_000;

    private final Socket socket = new Socket();
    private final DataInputStream in;

    RawGuest(InetSocketAddress server) throws IOException {
        socket.setReceiveBufferSize(64 << 10);
        socket.connect(server, PATIENCE_MS);
        socket.setSoTimeout(PATIENCE_MS);
        in = new DataInputStream(socket.getInputStream());
    }

    /** One that has been welcomed. */
    static RawGuest welcomed(InetSocketAddress server, Token token) throws IOException {
        RawGuest guest = new RawGuest(server);
        guest.send(hello(Wire.MAJOR, token));
        guest.receive(Wire.WELCOME_BYTES);
        return guest;
    }

    static ByteBuffer hello(int major, Token token) {
        ByteBuffer hello = buffer(Wire.HELLO_BYTES);
        hello.putLong(0, Wire.MAGIC).putShort(Wire.HELLO_MAJOR, (short) major);
        hello.put(Wire.HELLO_TOKEN, token.bytes());
        return hello;
    }

    /** A request for one piece, true to the protocol until a test changes it. */
    static ByteBuffer request(int type, String name, long offset, long length) {
        int nameBytes = Wire.aligned(name.length());
        ByteBuffer request = buffer(Wire.REQUEST_BYTES + nameBytes + Wire.PIECE_BYTES);
        request.put(Wire.REQUEST_TYPE, (byte) type);
        request.putShort(Wire.REQUEST_NAME_LENGTH, (short) name.length());
        request.putInt(Wire.REQUEST_PIECES, 1).putLong(Wire.REQUEST_ID, 1);
        request.putLong(Wire.REQUEST_PAYLOAD, length);
        for (int i = 0; i < name.length(); i++) {
            request.put(Wire.REQUEST_BYTES + i, (byte) name.charAt(i));
        }
        request.putLong(Wire.REQUEST_BYTES + nameBytes, offset);
        request.putLong(Wire.REQUEST_BYTES + nameBytes + 8, length);
        return request;
    }

    static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    void send(ByteBuffer bytes) throws IOException {
        socket.getOutputStream().write(bytes.array());
    }

    /** The same; the other side may have hung up meanwhile. */
    void sendAnyway(ByteBuffer bytes) {
        try {
            send(bytes);
        } catch (IOException e) {
            return;
        }
    }

    ByteBuffer receive(int bytes) throws IOException {
        ByteBuffer received = buffer(bytes);
        in.readFully(received.array());
        return received;
    }

    /** Reads until the server hangs up; the status of its goodbye, or -1 when there was none. */
    int goodbye() throws IOException {
        int status = -1;
        try {
            while (true) {
                ByteBuffer head = receive(Wire.REPLY_BYTES);
                if (Byte.toUnsignedInt(head.get(0)) == Wire.GOODBYE) {
                    status = head.get(Wire.REPLY_STATUS);
                }
                in.skipNBytes(head.getLong(Wire.REPLY_PAYLOAD));
            }
        } catch (EOFException | SocketException e) {
            return status;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
