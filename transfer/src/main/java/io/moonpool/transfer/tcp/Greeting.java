// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.EndCause;
import io.moonpool.transfer.spi.Token;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** The connecting side of the handshake: our hello, and the peer's welcome or refusal. */
final class Greeting {
    private final ByteBuffer hello = Wire.buffer(Wire.HELLO_BYTES);
    private final ByteBuffer welcome = Wire.buffer(Wire.WELCOME_BYTES);

    Greeting(Token token, int lane) {
        hello.putLong(Wire.HELLO_MAGIC, Wire.MAGIC);
        hello.putShort(Wire.HELLO_MAJOR, (short) Wire.MAJOR);
        hello.putShort(Wire.HELLO_MINOR, (short) Wire.MINOR);
        hello.put(Wire.HELLO_TOKEN, token.bytes());
        hello.putShort(Wire.HELLO_LANE, (short) lane);
    }

    /** True when the peer has welcomed us. */
    boolean goOn(SocketChannel channel, SelectionKey key) throws IOException {
        if (hello.hasRemaining()) {
            channel.write(hello);
        }
        key.interestOps(
                hello.hasRemaining()
                        ? SelectionKey.OP_READ | SelectionKey.OP_WRITE
                        : SelectionKey.OP_READ);
        if (channel.read(welcome) < 0) {
            throw new EOFException("the peer closed the connection during the greeting");
        }
        if (welcome.hasRemaining()) {
            return false;
        }
        check();
        return true;
    }

    int window() {
        return Math.min(Wire.WINDOW, welcome.getInt(Wire.WELCOME_WINDOW));
    }

    /** After how long a silence the peer would close the connection. */
    long idleNanos() {
        return welcome.getInt(Wire.WELCOME_IDLE_MS) * 1_000_000L;
    }

    private void check() throws ConnectionFault {
        if (welcome.getLong(Wire.WELCOME_MAGIC) != Wire.MAGIC) {
            throw new ConnectionFault(
                    EndCause.NO_PEER, "no Moonpool transfer answers there: check the endpoint");
        }
        int refusal = welcome.getInt(Wire.WELCOME_CAUSE);
        int major = Short.toUnsignedInt(welcome.getShort(Wire.WELCOME_MAJOR));
        if (refusal != 0) {
            EndCause cause = EndCause.ofCode(refusal);
            throw new ConnectionFault(
                    cause, "the peer refused us: " + cause + ", its version is " + major);
        }
        if (major != Wire.MAJOR) {
            throw new ConnectionFault(
                    EndCause.VERSION, "the peer speaks version " + major + ", we " + Wire.MAJOR);
        }
        if (welcome.getInt(Wire.WELCOME_WINDOW) < 1
                || welcome.getInt(Wire.WELCOME_PIECES) < Wire.PIECES_MAX
                || welcome.getLong(Wire.WELCOME_PAYLOAD) < Wire.PAYLOAD_MAX
                || welcome.getInt(Wire.WELCOME_IDLE_MS) < Wire.IDLE_MS_MIN) {
            throw new ConnectionFault(
                    EndCause.BOUNDS, "the peer offers less than the protocol says");
        }
    }
}
