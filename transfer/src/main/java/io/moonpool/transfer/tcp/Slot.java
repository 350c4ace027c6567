// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.Outcome;

/**
 * A request on its lane, from its sending to the last byte of its answer. When its batch ends early
 * the request leaves, and the slot stays to swallow the answer.
 */
final class Slot extends Outgoing {
    private final byte[] statuses = new byte[Wire.PIECES_MAX];
    private Request request;
    private int type;
    private long id;
    private int pieces;
    private int bytes;
    private boolean sendingNow;
    private boolean answered;

    Slot() {
        super(Wire.REQUEST_HEAD_MAX);
    }

    void fill(Request asked, long newId) {
        request = asked;
        id = newId;
        type = asked.isWrite() ? Wire.WRITE : Wire.READ;
        pieces = asked.pieces();
        bytes = asked.bytes();
        answered = false;
        extents().clear();
        writeHead(asked.name());
        for (int i = 0; i < pieces; i++) {
            statuses[i] = Wire.STATUS_OK;
            extents().add(asked.segment(i), asked.localOffset(i), asked.length(i));
            head().putLong(asked.remoteOffset(i)).putLong(asked.length(i));
        }
        ready(type == Wire.WRITE);
    }

    void fillPing(long newId) {
        request = null;
        id = newId;
        type = Wire.PING;
        pieces = 0;
        bytes = 0;
        answered = false;
        extents().clear();
        writeHead(new byte[0]);
        ready(false);
    }

    private void writeHead(byte[] name) {
        head().clear();
        head().putLong(0, 0).put(Wire.REQUEST_TYPE, (byte) type);
        head().putShort(Wire.REQUEST_NAME_LENGTH, (short) name.length);
        head().putInt(Wire.REQUEST_PIECES, pieces).putLong(Wire.REQUEST_ID, id);
        head().putLong(Wire.REQUEST_PAYLOAD, bytes).putLong(Wire.REQUEST_BYTES - 8, 0);
        head().position(Wire.REQUEST_BYTES).put(name);
        while (head().position() % 8 != 0) {
            head().put((byte) 0);
        }
    }

    Request request() {
        return request;
    }

    int type() {
        return type;
    }

    long id() {
        return id;
    }

    int pieces() {
        return pieces;
    }

    int bytes() {
        return bytes;
    }

    boolean isWrite() {
        return type == Wire.WRITE;
    }

    /** Its head is in a system call, on a thread that does not hold the lane's lock. */
    void sendingNow(boolean now) {
        sendingNow = now;
    }

    boolean isSendingNow() {
        return sendingNow;
    }

    boolean isAnswered() {
        return answered;
    }

    boolean mayBeAnswered() {
        return sendingNow || isSent();
    }

    void status(int piece, byte status) {
        statuses[piece] = status;
        if (status != Wire.STATUS_OK) {
            extents().exclude(piece);
        }
    }

    void statusOfAll(int status) {
        for (int i = 0; i < pieces; i++) {
            status(i, (byte) status);
        }
    }

    /** Takes the request out; what still arrives for it is thrown away. */
    Request release() {
        Request released = request;
        request = null;
        extents().abandon();
        return released;
    }

    /** The answer is complete. */
    void settle() {
        answered = true;
        if (request == null) {
            return;
        }
        Request settled = request;
        request = null;
        for (int i = 0; i < pieces; i++) {
            if (statuses[i] != Wire.STATUS_OK) {
                settled.failed(i, Statuses.outcome(statuses[i]), Statuses.reason(statuses[i]));
            } else if (type == Wire.READ && extents().isGone(i)) {
                settled.failed(i, Outcome.LOCAL_SEGMENT_GONE, "the local segment was closed");
            } else {
                settled.arrived(i);
            }
        }
        settled.settle();
    }
}
