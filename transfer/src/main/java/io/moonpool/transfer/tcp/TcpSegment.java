// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.Access;
import io.moonpool.transfer.spi.LocalSegment;
import io.moonpool.transfer.spi.Transport;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Registered memory. An I/O thread borrows it around each system call, which never waits, so that
 * deregistration can see the last user out.
 */
final class TcpSegment implements LocalSegment {
    /** Windows overlap by more than a payload, so that every piece lies within one. */
    private static final long WINDOW_STEP = 1L << 30;

    private static final int CLOSED = 1 << 31;

    private final TcpTransport transport;
    private final String name;
    private final Access access;
    private final long bytes;
    private final boolean writable;
    private final ByteBuffer[] windows;
    private final AtomicInteger borrowers = new AtomicInteger();

    TcpSegment(TcpTransport transport, String name, MemorySegment memory, Access access) {
        this.transport = transport;
        this.name = name;
        this.access = access;
        this.bytes = memory.byteSize();
        this.writable = !memory.isReadOnly();
        this.windows = windows(memory);
    }

    @Override
    public Transport transport() {
        return transport;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public Access access() {
        return access;
    }

    @Override
    public boolean isWritable() {
        return writable;
    }

    @Override
    public void close() {
        if (borrowers.getAndUpdate(count -> count | CLOSED) >= 0) {
            transport.forget(this);
        }
        while (borrowers.get() != CLOSED) {
            Thread.onSpinWait();
        }
    }

    boolean isOpen() {
        return borrowers.get() >= 0;
    }

    /** False once the segment is closed; otherwise {@link #giveBack} must follow. */
    boolean borrow() {
        if (borrowers.getAndIncrement() >= 0) {
            return true;
        }
        borrowers.getAndDecrement();
        return false;
    }

    void giveBack() {
        borrowers.getAndDecrement();
    }

    boolean contains(long offset, long length) {
        return offset >= 0 && length >= 0 && length <= bytes && offset <= bytes - length;
    }

    /** The part of the memory in which a piece that begins at this offset lies whole. */
    ByteBuffer window(long offset) {
        return windows[(int) (offset / WINDOW_STEP)];
    }

    static int offsetInWindow(long offset) {
        return (int) (offset % WINDOW_STEP);
    }

    private static ByteBuffer[] windows(MemorySegment memory) {
        long bytes = memory.byteSize();
        ByteBuffer[] windows = new ByteBuffer[(int) (bytes / WINDOW_STEP) + 1];
        for (int i = 0; i < windows.length; i++) {
            long begin = i * WINDOW_STEP;
            long length = Math.min(bytes - begin, WINDOW_STEP + Wire.PAYLOAD_MAX);
            windows[i] = memory.asSlice(begin, length).asByteBuffer();
        }
        return windows;
    }
}
