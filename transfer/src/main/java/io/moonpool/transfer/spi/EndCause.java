// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.spi;

/**
 * Why a connection ended, or did not begin. The codes travel on the wire and never change their
 * meaning.
 */
public enum EndCause {
    /** One side had no more use for it. */
    CLOSED(1),
    /** It broke: reset, or ended in mid-frame. */
    LOST(2),
    /** Nothing was heard for too long. */
    SILENT(3),
    /** A frame was begun and not finished in time, or answers were not taken. */
    STALLED(4),
    /** The first bytes were not those of a peer. */
    NO_PEER(5),
    VERSION(6),
    TOKEN(7),
    /** A length, a count or a number out of its bounds. */
    BOUNDS(8),
    /** A frame of an unknown type, or out of its turn. */
    FRAME(9),
    /** More requests at once than were agreed. */
    FLOOD(10),
    TOO_MANY_CONNECTIONS(11),
    /** The segment was deregistered in the middle of an answer. */
    SEGMENT_GONE(12),
    NOT_CONNECTED(13),
    /** A defect of this program. */
    INTERNAL(14);

    private static final EndCause[] BY_CODE = byCode();

    private final int code;

    EndCause(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** What a peer said; codes of later versions count as {@link #CLOSED}. */
    public static EndCause ofCode(int code) {
        return code > 0 && code < BY_CODE.length ? BY_CODE[code] : CLOSED;
    }

    private static EndCause[] byCode() {
        EndCause[] causes = new EndCause[values().length + 1];
        for (EndCause cause : values()) {
            causes[cause.code] = cause;
        }
        return causes;
    }
}
