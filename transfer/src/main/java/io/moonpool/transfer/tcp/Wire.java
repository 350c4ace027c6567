// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Offsets, codes and bounds of docs/spec/08-transfer-tcp.md. All integers are little-endian. */
final class Wire {
    /** The bytes {@code MOONXFER} in this order. */
    static final long MAGIC = 0x5245_4658_4E4F_4F4DL;

    static final int MAJOR = 1;
    static final int MINOR = 0;

    static final int HELLO_BYTES = 40;
    static final int HELLO_MAGIC = 0;
    static final int HELLO_MAJOR = 8;
    static final int HELLO_MINOR = 10;
    static final int HELLO_TOKEN = 16;
    static final int HELLO_LANE = 32;

    static final int WELCOME_BYTES = 40;
    static final int WELCOME_MAGIC = 0;
    static final int WELCOME_MAJOR = 8;
    static final int WELCOME_MINOR = 10;
    static final int WELCOME_CAUSE = 12;
    static final int WELCOME_WINDOW = 16;
    static final int WELCOME_PIECES = 20;
    static final int WELCOME_PAYLOAD = 24;
    static final int WELCOME_IDLE_MS = 32;

    static final int REQUEST_BYTES = 32;
    static final int REQUEST_TYPE = 0;
    static final int REQUEST_NAME_LENGTH = 2;
    static final int REQUEST_PIECES = 4;
    static final int REQUEST_ID = 8;
    static final int REQUEST_PAYLOAD = 16;
    static final int PIECE_BYTES = 16;

    static final int REPLY_BYTES = 24;
    static final int REPLY_TYPE = 0;
    static final int REPLY_STATUS = 1;
    static final int REPLY_PIECES = 4;
    static final int REPLY_ID = 8;
    static final int REPLY_PAYLOAD = 16;

    static final int READ = 1;
    static final int WRITE = 2;
    static final int PING = 3;
    static final int REPLY_BIT = 0x80;
    static final int GOODBYE = 0x8F;

    static final int STATUS_OK = 0;
    static final int STATUS_MIXED = 1;
    static final int STATUS_UNKNOWN_SEGMENT = 2;
    static final int STATUS_ACCESS_DENIED = 3;
    static final int STATUS_OUT_OF_BOUNDS = 4;
    static final int STATUS_SEGMENT_GONE = 5;

    static final int NAME_BYTES_MAX = 255;
    static final int IDLE_MS_MIN = 10;
    static final int WINDOW = 32;
    static final int PIECES_MAX = 64;
    static final int PAYLOAD_MAX = 4 << 20;
    static final int REQUEST_HEAD_MAX =
            REQUEST_BYTES + aligned(NAME_BYTES_MAX) + PIECES_MAX * PIECE_BYTES;
    static final int REPLY_HEAD_MAX = REPLY_BYTES + aligned(PIECES_MAX);

    private Wire() {}

    static int aligned(int bytes) {
        return (bytes + 7) & -8;
    }

    static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
