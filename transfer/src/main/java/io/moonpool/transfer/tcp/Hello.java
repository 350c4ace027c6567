// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.EndCause;
import io.moonpool.transfer.spi.Token;
import java.nio.ByteBuffer;

/** What a guest says first, and what it is answered. */
record Hello(int major, Token token, int lane) {

    /** Consumes it; the magic has been checked. */
    static Hello read(ByteBuffer in) {
        int at = in.position();
        byte[] token = new byte[Token.BYTES];
        in.get(at + Wire.HELLO_TOKEN, token);
        int major = Short.toUnsignedInt(in.getShort(at + Wire.HELLO_MAJOR));
        int lane = Short.toUnsignedInt(in.getShort(at + Wire.HELLO_LANE));
        in.position(at + Wire.HELLO_BYTES);
        return new Hello(major, Token.of(token), lane);
    }

    /** Null when the guest is welcome. */
    EndCause refusal(Token expected) {
        if (major != Wire.MAJOR) {
            return EndCause.VERSION;
        }
        return token.equals(expected) ? null : EndCause.TOKEN;
    }

    String describe(EndCause refusal) {
        return refusal == EndCause.VERSION
                ? "the guest speaks version " + major + ", we " + Wire.MAJOR
                : "the guest looks for another member: token=" + token + ", lane=" + lane;
    }

    static ByteBuffer welcome(TcpSettings settings, EndCause refusal) {
        ByteBuffer welcome = Wire.buffer(Wire.WELCOME_BYTES);
        welcome.putLong(Wire.WELCOME_MAGIC, Wire.MAGIC);
        welcome.putShort(Wire.WELCOME_MAJOR, (short) Wire.MAJOR);
        welcome.putShort(Wire.WELCOME_MINOR, (short) Wire.MINOR);
        welcome.putInt(Wire.WELCOME_CAUSE, refusal == null ? 0 : refusal.code());
        welcome.putInt(Wire.WELCOME_WINDOW, Wire.WINDOW);
        welcome.putInt(Wire.WELCOME_PIECES, Wire.PIECES_MAX);
        welcome.putLong(Wire.WELCOME_PAYLOAD, Wire.PAYLOAD_MAX);
        long idle =
                Math.clamp(
                        settings.guestPatience().idleTimeout().toMillis(),
                        Wire.IDLE_MS_MIN,
                        Integer.MAX_VALUE);
        welcome.putInt(Wire.WELCOME_IDLE_MS, (int) idle);
        return welcome;
    }
}
