// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.headers;

import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * A boot id is 16 random bytes, new at every start; in Java a UUID, on the wire its bytes in
 * reading order.
 */
public final class BootIds {
    private static final int BYTES = 16;

    private BootIds() {}

    public static byte[] toBytes(UUID id) {
        return ByteBuffer.allocate(BYTES)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
    }

    public static UUID of(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new UUID(buffer.getLong(), buffer.getLong());
    }
}
