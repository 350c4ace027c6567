// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import io.moonpool.pool.client.ChangeLog;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * Changes from the store's thread to the directory link's. A change that finds no room is lost and
 * remembered as such: then everything is announced anew.
 */
final class ChangeRing implements ChangeLog {

    private static final int PUBLISH = 1;
    private static final int RETRACT = 2;
    private static final int MEMORY = 1;

    private static final int OP_AT = 0;
    private static final int TIER_AT = 1;
    private static final int EPOCH_AT = 8;
    private static final int NUMBER_AT = 16;
    private static final int HASH_AT = 24;
    private static final int HASH_BYTES = 32;

    private static final int CAPACITY = 8 << 20;

    /** A record in the ring, with its header. */
    private static final int SLOT_BYTES = 64;

    private static final int MESSAGE = 1;

    private final OneToOneRingBuffer ring =
            new OneToOneRingBuffer(
                    new UnsafeBuffer(
                            ByteBuffer.allocateDirect(
                                    CAPACITY + RingBufferDescriptor.TRAILER_LENGTH)));
    private final UnsafeBuffer record = new UnsafeBuffer(new byte[RECORD_BYTES]);
    private final AtomicBoolean overflowed = new AtomicBoolean();
    private volatile Thread sleeper;

    // By the store's thread.

    void published(int layout, long epoch, long number, DirectBuffer hash) {
        write(PUBLISH, layout, epoch, number, hash);
    }

    void retracted(int layout, long epoch, long number, DirectBuffer hash) {
        write(RETRACT, layout, epoch, number, hash);
    }

    int room() {
        return (CAPACITY - ring.size()) / SLOT_BYTES / 2;
    }

    private void write(int op, int layout, long epoch, long number, DirectBuffer hash) {
        record.putByte(OP_AT, (byte) op);
        record.putByte(TIER_AT, (byte) MEMORY);
        record.putInt(LAYOUT_AT, layout);
        record.putLong(EPOCH_AT, epoch);
        record.putLong(NUMBER_AT, number);
        record.putBytes(HASH_AT, hash, 0, HASH_BYTES);
        if (!ring.write(MESSAGE, record, 0, RECORD_BYTES)) {
            overflowed.set(true);
        }
        Thread sleeping = sleeper;
        if (sleeping != null) {
            LockSupport.unpark(sleeping);
        }
    }

    // By the link's thread.

    @Override
    public int drainTo(ByteBuffer records, int max) {
        return ring.read(
                (type, buffer, index, length) -> {
                    buffer.getBytes(index, records, records.position(), length);
                    records.position(records.position() + length);
                },
                max);
    }

    @Override
    public boolean takeOverflow() {
        return overflowed.getAndSet(false);
    }

    @Override
    public void await(long nanos) {
        sleeper = Thread.currentThread();
        if (ring.size() == 0) {
            LockSupport.parkNanos(this, nanos);
        }
        sleeper = null;
    }
}
