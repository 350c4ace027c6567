// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Waits for what another thread or process brings about; fails with its name when it does not come.
 */
public final class Eventually {
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(20);

    private Eventually() {}

    public static void holds(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + DEADLINE_NS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline >= 0) {
                throw new AssertionError("did not come about in 20 s: " + what);
            }
            Thread.sleep(5);
        }
    }
}
