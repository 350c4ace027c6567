// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store.checksum;

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

    private static final int BLOCK_BYTES = 8 << 20;
    private static final long WARM_UP_NANOS = 30_000_000L;
    private static final long MEASURE_NANOS = 50_000_000L;

    private ChecksumSpeed() {}

    /** Bytes a second over this many threads; takes a tenth of a second. */
    public static long measure(int threadCount) {
        LongAdder bytesPerSecond = new LongAdder();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < threadCount; i++) {
            threads.add(Thread.ofPlatform().daemon().start(() -> bytesPerSecond.add(one())));
        }
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        return Math.max(1, bytesPerSecond.sum());
    }

    private static long one() {
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
        turn(block, WARM_UP_NANOS);
        return turn(block, MEASURE_NANOS);
    }

    private static long turn(ByteBuffer block, long nanos) {
        CRC32C crc = new CRC32C();
        long start = System.nanoTime();
        long bytes = 0;
        long elapsed;
        do {
            crc.update(block.clear());
            bytes += BLOCK_BYTES;
            elapsed = System.nanoTime() - start;
        } while (elapsed < nanos);
        return (long) (bytes * 1e9 / elapsed);
    }
}
