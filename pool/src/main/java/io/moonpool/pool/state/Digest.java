// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/** 32 bytes that name something by its content: a layout, a namespace, a block's hash. */
public record Digest(long word0, long word1, long word2, long word3) {
    public static final int BYTES = 32;

    public static Digest of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("digest: has " + bytes.length + " bytes, not 32");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        return new Digest(
                buffer.getLong(0), buffer.getLong(8), buffer.getLong(16), buffer.getLong(24));
    }

    public static Digest of(DirectBuffer source, int offset) {
        return new Digest(
                source.getLong(offset, ByteOrder.LITTLE_ENDIAN),
                source.getLong(offset + 8, ByteOrder.LITTLE_ENDIAN),
                source.getLong(offset + 16, ByteOrder.LITTLE_ENDIAN),
                source.getLong(offset + 24, ByteOrder.LITTLE_ENDIAN));
    }

    /** The reverse of {@link #toString()}; null when it is not 64 hexadecimal digits. */
    public static Digest parse(String hex) {
        if (hex.length() != 2 * BYTES || !hex.chars().allMatch(HexFormat::isHexDigit)) {
            return null;
        }
        return of(HexFormat.of().parseHex(hex));
    }

    public void copyTo(MutableDirectBuffer target, int offset) {
        target.putLong(offset, word0, ByteOrder.LITTLE_ENDIAN);
        target.putLong(offset + 8, word1, ByteOrder.LITTLE_ENDIAN);
        target.putLong(offset + 16, word2, ByteOrder.LITTLE_ENDIAN);
        target.putLong(offset + 24, word3, ByteOrder.LITTLE_ENDIAN);
    }

    public byte[] bytes() {
        return ByteBuffer.allocate(BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(word0)
                .putLong(word1)
                .putLong(word2)
                .putLong(word3)
                .array();
    }

    /** 64 hexadecimal digits. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes());
    }
}
