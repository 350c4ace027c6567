// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store.checksum;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.zip.CRC32C;

/**
 * Measures what the checksum threads do in a second, so that clients know how long the verification
 * of a lease takes.
 */
public final class ChecksumSpeed {

    /** More than the last cache holds: leased blocks come from memory. */
    private static final long MEMORY_BYTES = 64 << 20;

    private static final int STEP_BYTES = 1 << 20;
    private static final long WARM_UP_NANOS = 30_000_000L;
    private static final long MEASURE_NANOS = 50_000_000L;

    private ChecksumSpeed() {}

    /** Bytes a second over this many threads; takes a tenth of a second. */
    public static long measure(int threadCount) {
        LongAdder bytesPerSecond = new LongAdder();
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(MEMORY_BYTES).fill((byte) 1);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < threadCount; i++) {
                threads.add(
                        Thread.ofPlatform().daemon().start(() -> bytesPerSecond.add(one(memory))));
            }
            Threads.join(threads);
        }
        return Math.max(1, bytesPerSecond.sum());
    }

    private static long one(MemorySegment memory) {
        turn(memory, WARM_UP_NANOS);
        return turn(memory, MEASURE_NANOS);
    }

    private static long turn(MemorySegment memory, long nanos) {
        CRC32C crc = new CRC32C();
        ByteBuffer bytes = memory.asByteBuffer();
        long start = System.nanoTime();
        long done = 0;
        long elapsed;
        do {
            int at = (int) (done % MEMORY_BYTES);
            crc.update(bytes.limit(at + STEP_BYTES).position(at));
            done += STEP_BYTES;
            elapsed = System.nanoTime() - start;
        } while (elapsed < nanos);
        return (long) (done * 1e9 / elapsed);
    }
}
