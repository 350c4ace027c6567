// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * The buffers of one system call: frames' heads and views of segments, which are borrowed until the
 * call is over. One for each thread that makes such calls; views are made once and moved about.
 */
final class IoVector {
    /** Fewer than the kernel takes (1024), enough for a full request. */
    private static final int SLOTS = 2 * Wire.PIECES_MAX;

    private static final int SINK_BYTES = 256 << 10;

    /** Nobody ever looks into it, so all may write there. */
    private static final ByteBuffer SINK = ByteBuffer.allocateDirect(SINK_BYTES);

    private final ByteBuffer[] buffers = new ByteBuffer[SLOTS];
    private final TcpSegment[] borrowed = new TcpSegment[SLOTS];
    private final ByteBuffer[] views = new ByteBuffer[SLOTS];
    private final ByteBuffer[] viewed = new ByteBuffer[SLOTS];
    private final ByteBuffer sink = SINK.duplicate();
    private int count;
    private int borrows;
    private boolean sinkUsed;

    boolean isFull() {
        return count == SLOTS || sinkUsed;
    }

    boolean isEmpty() {
        return count == 0;
    }

    void add(ByteBuffer buffer) {
        buffers[count++] = buffer;
    }

    /** False when the segment is closed: nothing was added. */
    boolean add(TcpSegment segment, long offset, int length) {
        if (borrows == 0 || borrowed[borrows - 1] != segment) {
            if (!segment.borrow()) {
                return false;
            }
            borrowed[borrows++] = segment;
        }
        ByteBuffer view = view(segment.window(offset));
        int begin = TcpSegment.offsetInWindow(offset);
        view.limit(begin + length).position(begin);
        buffers[count++] = view;
        return true;
    }

    /** Room for bytes that nobody wants; it may be less than asked for, and ends the vector. */
    void addSink(int length) {
        sink.clear().limit(Math.min(length, SINK_BYTES));
        buffers[count++] = sink;
        sinkUsed = true;
    }

    long write(SocketChannel channel) throws IOException {
        try {
            return count == 1 ? channel.write(buffers[0]) : channel.write(buffers, 0, count);
        } finally {
            clear();
        }
    }

    /** Negative at the end of the stream. */
    long read(SocketChannel channel) throws IOException {
        try {
            return count == 1 ? channel.read(buffers[0]) : channel.read(buffers, 0, count);
        } finally {
            clear();
        }
    }

    /** Fills the buffers from bytes that came along with something else. */
    int copy(ByteBuffer from) {
        try {
            int before = from.remaining();
            for (int i = 0; i < count && from.hasRemaining(); i++) {
                int length = Math.min(from.remaining(), buffers[i].remaining());
                buffers[i].put(from.slice(from.position(), length));
                from.position(from.position() + length);
            }
            return before - from.remaining();
        } finally {
            clear();
        }
    }

    void clear() {
        for (int i = 0; i < borrows; i++) {
            borrowed[i].giveBack();
            borrowed[i] = null;
        }
        for (int i = 0; i < count; i++) {
            buffers[i] = null;
        }
        count = 0;
        borrows = 0;
        sinkUsed = false;
    }

    /** Drops all views, so that closed memory is not kept reachable. */
    void forgetViews() {
        for (int i = 0; i < SLOTS; i++) {
            views[i] = null;
            viewed[i] = null;
        }
    }

    private ByteBuffer view(ByteBuffer window) {
        if (viewed[count] != window) {
            viewed[count] = window;
            views[count] = window.duplicate();
        }
        return views[count];
    }
}
