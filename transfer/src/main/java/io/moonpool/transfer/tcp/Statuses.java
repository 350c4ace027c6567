// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.Outcome;

/** What a peer's status means here. */
final class Statuses {
    private Statuses() {}

    static boolean isKnownFailure(int status) {
        return status >= Wire.STATUS_UNKNOWN_SEGMENT && status <= Wire.STATUS_SEGMENT_GONE;
    }

    static Outcome outcome(int status) {
        return switch (status) {
            case Wire.STATUS_ACCESS_DENIED -> Outcome.ACCESS_DENIED;
            case Wire.STATUS_OUT_OF_BOUNDS -> Outcome.OUT_OF_BOUNDS;
            default -> Outcome.UNKNOWN_SEGMENT;
        };
    }

    static String reason(int status) {
        return switch (status) {
            case Wire.STATUS_ACCESS_DENIED -> "the peer's segment is not registered for this";
            case Wire.STATUS_OUT_OF_BOUNDS -> "the piece is outside of the peer's segment";
            case Wire.STATUS_SEGMENT_GONE -> "the peer has just closed the segment";
            default -> "the peer has no segment of this name";
        };
    }
}
