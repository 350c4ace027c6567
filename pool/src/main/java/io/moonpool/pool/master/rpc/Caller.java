// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.rpc;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Who opened a connection, as far as its first bytes tell. */
enum Caller {
    /** Too few bytes yet. */
    UNDECIDED,
    /** HTTP/2, and with it gRPC; or HTTP/1.1, which is answered with words. */
    HTTP,
    /** Mooncake's own RPC: coro_rpc, whose every message begins with one magic byte. */
    MOONCAKE,
    /** TLS, which this port does not speak. */
    TLS,
    STRANGER;

    private static final int CORO_RPC_MAGIC = 0x15;
    private static final int TLS_HANDSHAKE = 0x16;
    private static final List<byte[]> HTTP_STARTS =
            List.of(
                    ascii("PRI * HTTP/2.0"),
                    ascii("GET /"),
                    ascii("PUT /"),
                    ascii("POST /"),
                    ascii("HEAD /"),
                    ascii("DELETE /"),
                    ascii("OPTIONS "));

    /** As many bytes decide at the latest. */
    static final int BYTES_MAX =
            HTTP_STARTS.stream().mapToInt(start -> start.length).max().orElseThrow();

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** {@code first} holds the first {@code length} bytes of the connection, or all it needs. */
    static Caller of(byte[] first, int length) {
        if (length == 0) {
            return UNDECIDED;
        }
        if (first[0] == CORO_RPC_MAGIC) {
            return MOONCAKE;
        }
        if (first[0] == TLS_HANDSHAKE) {
            return TLS;
        }
        Caller caller = STRANGER;
        for (byte[] start : HTTP_STARTS) {
            int equal = equalBytes(first, length, start);
            if (equal == start.length) {
                return HTTP;
            }
            if (equal == length) {
                caller = UNDECIDED;
            }
        }
        return caller;
    }

    private static int equalBytes(byte[] first, int length, byte[] start) {
        int equal = 0;
        while (equal < length && equal < start.length && first[equal] == start[equal]) {
            equal++;
        }
        return equal;
    }
}
