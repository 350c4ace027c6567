// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.embedded;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * One piece of the log, whole or not there: {@code magic u32 | length u32 | crc32c u32 | payload},
 * little-endian. The checksum covers length and payload.
 */
final class LogFrame {
    static final int HEAD_BYTES = 12;
    static final int PAYLOAD_MAX = 1 << 24;

    private static final int MAGIC = 0x3146504D;
    private static final int LENGTH = 4;
    private static final int CRC = 8;

    private LogFrame() {}

    static ByteBuffer of(byte[] payload, int length) {
        ByteBuffer frame = ByteBuffer.allocate(HEAD_BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
        frame.putInt(MAGIC).putInt(length).putInt(crc(length, payload, 0));
        return frame.put(payload, 0, length).flip();
    }

    /** The payload's length if a whole frame is at {@code at}, else -1. */
    static int lengthAt(ByteBuffer log, int at) {
        if (log.limit() - at < HEAD_BYTES || log.getInt(at) != MAGIC) {
            return -1;
        }
        int length = log.getInt(at + LENGTH);
        if (length < 0 || length > PAYLOAD_MAX || length > log.limit() - at - HEAD_BYTES) {
            return -1;
        }
        return crc(length, log.array(), at + HEAD_BYTES) == log.getInt(at + CRC) ? length : -1;
    }

    /** Where the next whole frame begins, or -1. */
    static int next(ByteBuffer log, int from) {
        for (int at = from; at <= log.limit() - HEAD_BYTES; at++) {
            if (lengthAt(log, at) >= 0) {
                return at;
            }
        }
        return -1;
    }

    private static int crc(int length, byte[] bytes, int offset) {
        CRC32C crc = new CRC32C();
        crc.update(length);
        crc.update(length >>> 8);
        crc.update(length >>> 16);
        crc.update(length >>> 24);
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }
}
