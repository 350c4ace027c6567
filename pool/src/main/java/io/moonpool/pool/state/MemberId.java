// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Who a member is, over all its lives: 16 bytes kept in its data directory. */
public record MemberId(long high, long low) {
    public static final int BYTES = 16;

    public static MemberId of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("member id: has " + bytes.length + " bytes, not 16");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new MemberId(buffer.getLong(), buffer.getLong());
    }

    public byte[] bytes() {
        return ByteBuffer.allocate(BYTES).putLong(high).putLong(low).array();
    }

    /** 32 hexadecimal digits. */
    @Override
    public String toString() {
        return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
    }
}
