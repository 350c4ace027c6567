// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.spi;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * 16 bytes that a member chooses and that whoever connects to it must present: who has a stale
 * address, or no business here, is refused before anything else happens. No protection against
 * somebody who listens on the wire.
 */
public final class Token {
    public static final int BYTES = 16;

    private static final int SHOWN_BYTES = 4;

    private final byte[] bytes;

    private Token(byte[] bytes) {
        this.bytes = bytes;
    }

    public static Token of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException(
                    "a token has " + BYTES + " bytes: bytes=" + bytes.length);
        }
        return new Token(bytes.clone());
    }

    public byte[] bytes() {
        return bytes.clone();
    }

    /** Takes as long for a token that differs early as for one that differs late. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Token token && MessageDigest.isEqual(bytes, token.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Its beginning only: logs are read by many. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes, 0, SHOWN_BYTES) + "…";
    }
}
