// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import java.nio.ByteBuffer;

/** A frame on its way out: a head, and for some a payload that follows it. Used again and again. */
class Outgoing {
    private final ByteBuffer head;
    private final Extents extents = new Extents();
    private boolean carriesPayload;
    private int headLeft;

    Outgoing(int headBytesMax) {
        head = Wire.buffer(headBytesMax);
    }

    ByteBuffer head() {
        return head;
    }

    Extents extents() {
        return extents;
    }

    /** The head is written; the payload goes along, or the extents are for what comes back. */
    void ready(boolean withPayload) {
        head.flip();
        headLeft = head.remaining();
        carriesPayload = withPayload;
    }

    boolean isUntouched() {
        return head.position() == 0;
    }

    boolean isSent() {
        return headLeft == 0 && (!carriesPayload || extents.remaining() == 0);
    }

    /** The last moment to change one's mind. */
    void beforeFirstByte() {}

    /** False when its payload is gone. */
    boolean addTo(IoVector vector) {
        if (isUntouched()) {
            beforeFirstByte();
        }
        if (head.hasRemaining()) {
            vector.add(head);
        }
        return !carriesPayload || extents.sendFrom(vector);
    }

    /** Takes its share of what was written; the payload bytes among it. */
    long advance(long written) {
        int ofHead = advanceHead(written);
        if (!carriesPayload) {
            return 0;
        }
        long ofPayload = Math.min(written - ofHead, extents.remaining());
        extents.advance(ofPayload);
        return ofPayload;
    }

    /** For a frame without payload: the bytes that it took of those written. */
    int advanceHead(long written) {
        int taken = (int) Math.min(written, headLeft);
        headLeft -= taken;
        return taken;
    }

    int headLeft() {
        return headLeft;
    }
}
