// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.ring;

import io.moonpool.shm.layout.RingDescriptor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** A ring in private memory with guard bytes around it, and both its ends. */
final class TestRing {
    private static final int GUARD_BYTES = 64;
    private static final byte GUARD = 0x5a;

    final int capacity;
    final MemorySegment memory;
    final RingProducer producer;
    final RingConsumer consumer;
    private final MemorySegment guarded;

    TestRing(int capacity) {
        this.capacity = capacity;
        int bytes = RingDescriptor.ringBytes(capacity);
        this.guarded = Arena.ofAuto().allocate(bytes + 2 * GUARD_BYTES, 64).fill(GUARD);
        this.memory = guarded.asSlice(GUARD_BYTES, bytes).fill((byte) 0);
        this.producer = new RingProducer(memory, capacity);
        this.consumer = new RingConsumer(memory, capacity);
    }

    boolean offer(int type, byte[] body) {
        return producer.offer(type, new UnsafeBuffer(body), 0, body.length);
    }

    /** Polls once and returns what came. */
    List<Received> poll(int limit) {
        List<Received> received = new ArrayList<>();
        consumer.poll(
                (type, buffer, offset, length) -> {
                    byte[] body = new byte[length];
                    buffer.getBytes(offset, body);
                    received.add(Received.of(type, body));
                },
                limit);
        return received;
    }

    boolean guardsAreIntact() {
        MemorySegment after = guarded.asSlice(guarded.byteSize() - GUARD_BYTES);
        return isGuard(guarded.asSlice(0, GUARD_BYTES)) && isGuard(after);
    }

    private static boolean isGuard(MemorySegment bytes) {
        return bytes.mismatch(Arena.ofAuto().allocate(GUARD_BYTES).fill(GUARD)) == -1;
    }

    /** A record that came out, its body in hex. */
    record Received(int type, String body) {
        static Received of(int type, byte[] body) {
            return new Received(type, HexFormat.of().formatHex(body));
        }
    }
}
