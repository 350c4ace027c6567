// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.harness;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Counts what a piece of code allocates once it is compiled. */
public final class Allocation {
    private static final int WARM_UP_RUNS = 60_000;
    private static final int MEASURED_RUNS = 20_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Allocation() {}

    /**
     * Bytes a run, of the least of three rounds: a compilation in the middle of one is no
     * allocation of ours.
     */
    public static double bytesPerRun(Runnable operation) {
        repeat(operation, WARM_UP_RUNS);
        double least = Double.MAX_VALUE;
        for (int round = 0; round < 3; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            repeat(operation, MEASURED_RUNS);
            long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
            least = Math.min(least, (double) allocated / MEASURED_RUNS);
        }
        return least;
    }

    private static void repeat(Runnable operation, int runs) {
        for (int run = 0; run < runs; run++) {
            operation.run();
        }
    }
}
