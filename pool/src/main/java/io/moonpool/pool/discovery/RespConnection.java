// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.discovery;

import io.moonpool.pool.discovery.MetadataAddress.Endpoint;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Redis' protocol, as far as three commands need it (ADR 0011). Everything until the close happens
 * within one deadline, and no length that the server writes is believed beyond its bound.
 */
final class RespConnection implements Closeable {
    private static final int LINE_BYTES_MAX = 512;
    private static final String CRLF = "\r\n";

    private final long end;
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final ByteBuffer input = ByteBuffer.allocate(8 << 10).limit(0);

    private RespConnection(Duration deadline) throws IOException {
        end = System.nanoTime() + deadline.toNanos();
        channel = SocketChannel.open();
        selector = Selector.open();
        channel.configureBlocking(false);
        key = channel.register(selector, SelectionKey.OP_CONNECT);
    }

    static RespConnection open(Endpoint endpoint, Duration deadline) throws IOException {
        RespConnection connection = new RespConnection(deadline);
        try {
            connection.connect(new InetSocketAddress(endpoint.host(), endpoint.port()));
            return connection;
        } catch (IOException e) {
            connection.close();
            throw new IOException("can't be connected: " + e.getMessage(), e);
        }
    }

    private void connect(InetSocketAddress address) throws IOException {
        if (address.isUnresolved()) {
            throw new IOException("its host name is unknown");
        }
        channel.connect(address);
        while (!channel.finishConnect()) {
            await(SelectionKey.OP_CONNECT);
        }
    }

    RespReply call(String... words) throws IOException {
        ByteArrayOutputStream command = new ByteArrayOutputStream();
        command.writeBytes(ascii("*" + words.length + CRLF));
        for (String word : words) {
            byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
            command.writeBytes(ascii("$" + bytes.length + CRLF));
            command.writeBytes(bytes);
            command.writeBytes(ascii(CRLF));
        }
        ByteBuffer output = ByteBuffer.wrap(command.toByteArray());
        while (output.hasRemaining()) {
            if (channel.write(output) == 0) {
                await(SelectionKey.OP_WRITE);
            }
        }
        return reply();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private RespReply reply() throws IOException {
        int kind = next();
        String line = line();
        return switch (kind) {
            case '+' -> new RespReply.Simple(line);
            case '-' -> new RespReply.Error(line);
            case ':' -> new RespReply.Whole(number(line));
            case '$' -> bulk(number(line));
            default -> throw garbage();
        };
    }

    private RespReply bulk(long length) throws IOException {
        if (length == -1) {
            return new RespReply.Bulk(Optional.empty());
        }
        if (length < 0 || length > Discovery.VALUE_BYTES_MAX) {
            throw new IOException("announces a value of " + length + " bytes; check the address");
        }
        byte[] value = new byte[(int) length];
        for (int i = 0; i < value.length; i++) {
            value[i] = (byte) next();
        }
        if (next() != '\r' || next() != '\n') {
            throw garbage();
        }
        return new RespReply.Bulk(Optional.of(new String(value, StandardCharsets.UTF_8)));
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = next(); c != '\r'; c = next()) {
            if (line.length() == LINE_BYTES_MAX) {
                throw garbage();
            }
            line.append((char) c);
        }
        if (next() != '\n') {
            throw garbage();
        }
        return line.toString();
    }

    private static long number(String line) throws IOException {
        try {
            return Long.parseLong(line);
        } catch (NumberFormatException e) {
            throw garbage();
        }
    }

    private static IOException garbage() {
        return new IOException("answers as no Redis does; check the address");
    }

    private int next() throws IOException {
        while (!input.hasRemaining()) {
            fill();
        }
        return input.get() & 0xFF;
    }

    private void fill() throws IOException {
        input.clear();
        int count = channel.read(input);
        input.flip();
        if (count < 0) {
            throw new IOException("closed the connection without an answer; check the address");
        }
        if (count == 0) {
            await(SelectionKey.OP_READ);
        }
    }

    private void await(int operation) throws IOException {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        // A timeout of 0 would mean none.
        if (left <= 0 || Thread.interrupted()) {
            throw new IOException("no answer in time");
        }
        key.interestOps(operation);
        selector.select(left);
        selector.selectedKeys().clear();
    }

    @Override
    public void close() throws IOException {
        selector.close();
        channel.close();
    }
}
