// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.EndCause;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/** The frames that a connection has still to send, several in one system call. */
final class Outbox<T extends Outgoing> {
    private final Deque<T> unsent = new ArrayDeque<>();
    private final Consumer<T> sent;
    private long payloadSent;

    /** Who is told of each frame that is gone. */
    Outbox(Consumer<T> sent) {
        this.sent = sent;
    }

    void add(T frame) {
        unsent.add(frame);
    }

    boolean isEmpty() {
        return unsent.isEmpty();
    }

    int size() {
        return unsent.size();
    }

    /** Whether the wire is between two frames. */
    boolean isBetweenFrames() {
        return unsent.isEmpty() || unsent.peek().isUntouched();
    }

    boolean remove(T frame) {
        return unsent.remove(frame);
    }

    void clear() {
        unsent.clear();
    }

    /** Sends what the socket takes; the bytes, heads and payload. */
    long flush(SocketChannel channel, IoVector vector) throws IOException {
        long total = 0;
        for (long written = 1; written > 0 && !unsent.isEmpty(); total += written) {
            gather(vector);
            written = vector.write(channel);
            advance(written);
        }
        return total;
    }

    /** Payload bytes since this was last asked. */
    long takePayloadSent() {
        long count = payloadSent;
        payloadSent = 0;
        return count;
    }

    private void gather(IoVector vector) throws ConnectionFault {
        for (T frame : unsent) {
            if (vector.isFull()) {
                return;
            }
            if (!frame.addTo(vector)) {
                vector.clear();
                throw new ConnectionFault(
                        EndCause.SEGMENT_GONE, "a segment was deregistered in mid-answer");
            }
        }
    }

    private void advance(long written) {
        long left = written;
        for (T frame = unsent.peek(); frame != null; frame = unsent.peek()) {
            int ofHead = (int) Math.min(left, frame.headLeft());
            long ofPayload = frame.advance(left);
            left -= ofHead + ofPayload;
            payloadSent += ofPayload;
            if (!frame.isSent()) {
                return;
            }
            unsent.poll();
            sent.accept(frame);
        }
    }
}
