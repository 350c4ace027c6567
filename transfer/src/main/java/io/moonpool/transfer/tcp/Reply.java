// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

/** The answer to one request, and until then what is known of the request. */
final class Reply extends Outgoing {
    private final byte[] statuses = new byte[Wire.PIECES_MAX];
    private TcpSegment segment;
    private int type;
    private int pieces;
    private long id;
    private int status;
    private boolean mixed;

    Reply() {
        super(Wire.REPLY_HEAD_MAX);
    }

    /** A request for so many pieces of a segment; without one, a status says why. */
    void start(int requestType, long requestId, int pieceCount, TcpSegment of, int knownStatus) {
        type = requestType;
        id = requestId;
        pieces = pieceCount;
        segment = of;
        status = knownStatus;
        mixed = false;
        extents().clear();
    }

    int type() {
        return type;
    }

    /** The next piece of the request: a place to read from or to land in, or a failure. */
    void addPiece(long offset, int length) {
        int piece = extents().count();
        boolean within = segment != null && segment.contains(offset, length);
        boolean usable = status == Wire.STATUS_OK && within;
        statuses[piece] = (byte) (usable ? Wire.STATUS_OK : Wire.STATUS_OUT_OF_BOUNDS);
        mixed |= !usable;
        extents().add(usable ? segment : null, offset, length);
        if (!usable && type == Wire.READ) {
            extents().exclude(piece);
        }
    }

    /** For writes, after the payload has landed. */
    void noteGone() {
        for (int i = 0; i < pieces; i++) {
            if (statuses[i] == Wire.STATUS_OK && extents().isGone(i)) {
                statuses[i] = Wire.STATUS_SEGMENT_GONE;
                mixed = true;
            }
        }
    }

    /** All is known: makes the frame. */
    void finish() {
        boolean withStatuses = mixed && status == Wire.STATUS_OK;
        boolean withPayload = type == Wire.READ && status == Wire.STATUS_OK;
        writeHead(
                withStatuses ? Wire.STATUS_MIXED : status,
                withStatuses ? pieces : 0,
                withPayload ? extents().remaining() : 0);
        ready(withPayload);
    }

    /** A segment that was closed before its answer began needs no broken connection. */
    @Override
    void beforeFirstByte() {
        if (type == Wire.READ && status == Wire.STATUS_OK && !segment.isOpen()) {
            status = Wire.STATUS_SEGMENT_GONE;
            finish();
        }
    }

    private void writeHead(int shownStatus, int shownPieces, long payload) {
        head().clear();
        head().putLong(0, 0);
        head().put(Wire.REPLY_TYPE, (byte) (type | Wire.REPLY_BIT));
        head().put(Wire.REPLY_STATUS, (byte) shownStatus);
        head().putInt(Wire.REPLY_PIECES, shownPieces);
        head().putLong(Wire.REPLY_ID, id).putLong(Wire.REPLY_PAYLOAD, payload);
        head().position(Wire.REPLY_BYTES).put(statuses, 0, shownPieces);
        while (head().position() % 8 != 0) {
            head().put((byte) 0);
        }
    }
}
