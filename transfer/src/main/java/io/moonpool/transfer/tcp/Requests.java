// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.EndCause;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Takes requests apart: checks each number against its bounds, and only then uses it. */
final class Requests {
    private final SegmentTable segments;

    /** Most requests of a guest name the same segment as the one before. */
    private byte[] lastName = {};

    private TcpSegment lastSegment;

    Requests(SegmentTable segments) {
        this.segments = segments;
    }

    /**
     * Reads one request into the reply to be; false, and nothing consumed, when it is not all there
     * yet. {@code unanswered} counts those that came before.
     */
    boolean next(ByteBuffer in, Reply reply, int unanswered) throws ConnectionFault {
        if (in.remaining() < Wire.REQUEST_BYTES) {
            return false;
        }
        int at = in.position();
        int type = Byte.toUnsignedInt(in.get(at + Wire.REQUEST_TYPE));
        int nameLength = Short.toUnsignedInt(in.getShort(at + Wire.REQUEST_NAME_LENGTH));
        int pieces = in.getInt(at + Wire.REQUEST_PIECES);
        long payload = in.getLong(at + Wire.REQUEST_PAYLOAD);
        check(type, nameLength, pieces, payload, unanswered);
        int piecesAt = at + Wire.REQUEST_BYTES + Wire.aligned(nameLength);
        int end = piecesAt + pieces * Wire.PIECE_BYTES;
        if (end > in.limit()) {
            return false;
        }
        requireSum(in, piecesAt, pieces, payload);
        TcpSegment segment = type == Wire.PING ? null : find(in, nameLength);
        int status = type == Wire.PING ? Wire.STATUS_OK : status(type, segment);
        reply.start(type, in.getLong(at + Wire.REQUEST_ID), pieces, segment, status);
        for (int piece = piecesAt; piece < end; piece += Wire.PIECE_BYTES) {
            reply.addPiece(in.getLong(piece), (int) in.getLong(piece + Long.BYTES));
        }
        in.position(end);
        return true;
    }

    private static void check(int type, int nameLength, int pieces, long payload, int unanswered)
            throws ConnectionFault {
        boolean ping = type == Wire.PING;
        if (!ping && type != Wire.READ && type != Wire.WRITE) {
            throw new ConnectionFault(EndCause.FRAME, "an unknown type: type=" + type);
        }
        if (unanswered >= Wire.WINDOW) {
            throw new ConnectionFault(
                    EndCause.FLOOD, "more requests at once than agreed: max=" + Wire.WINDOW);
        }
        int least = ping ? 0 : 1;
        requireWithin("nameBytes", nameLength, least, ping ? 0 : Wire.NAME_BYTES_MAX);
        requireWithin("pieces", pieces, least, ping ? 0 : Wire.PIECES_MAX);
        requireWithin("payload", payload, 0, ping ? 0 : Wire.PAYLOAD_MAX);
    }

    private static void requireSum(ByteBuffer in, int piecesAt, int pieces, long payload)
            throws ConnectionFault {
        long sum = 0;
        for (int i = 0; i < pieces; i++) {
            long length = in.getLong(piecesAt + i * Wire.PIECE_BYTES + Long.BYTES);
            requireWithin("length", length, 0, payload - sum);
            sum += length;
        }
        requireWithin("payload", payload, sum, sum);
    }

    private static void requireWithin(String field, long value, long least, long most)
            throws ConnectionFault {
        if (value < least || value > most) {
            throw new ConnectionFault(
                    EndCause.BOUNDS,
                    "a number out of its bounds: "
                            + field
                            + "="
                            + value
                            + ", least="
                            + least
                            + ", most="
                            + most);
        }
    }

    private TcpSegment find(ByteBuffer in, int nameLength) {
        int at = in.position() + Wire.REQUEST_BYTES;
        boolean same = nameLength == lastName.length;
        for (int i = 0; same && i < nameLength; i++) {
            same = in.get(at + i) == lastName[i];
        }
        if (!same) {
            byte[] name = new byte[nameLength];
            in.get(at, name);
            lastName = name;
        }
        if (!same || lastSegment == null || !lastSegment.isOpen()) {
            lastSegment = segments.find(new String(lastName, StandardCharsets.UTF_8));
        }
        return lastSegment;
    }

    /** A segment that peers may not see does not exist for them. */
    private static int status(int type, TcpSegment segment) {
        if (segment == null || !segment.access().allowsRead()) {
            return Wire.STATUS_UNKNOWN_SEGMENT;
        }
        boolean allowed = type == Wire.READ || segment.access().allowsWrite();
        return allowed ? Wire.STATUS_OK : Wire.STATUS_ACCESS_DENIED;
    }
}
