// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.embedded;

import java.util.concurrent.TimeUnit;

/**
 * The directory's time: milliseconds of the wall clock at the start, and from then on as fast as
 * the monotonic clock, so that nobody expires because somebody set the clock.
 */
final class HostClock {
    private final long startMillis = System.currentTimeMillis();
    private final long startNanos = System.nanoTime();

    long millis() {
        return startMillis + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    }
}
