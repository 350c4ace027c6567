// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.log;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Lets through a few lines a minute of a kind that a client can cause at will, and counts the rest.
 * Thread-safe; one instance a kind of line.
 */
public final class LogLimiter {
    private static final long WINDOW_NS = TimeUnit.MINUTES.toNanos(1);

    private final int linesPerWindowMax;
    private final LongSupplier nanoClock;
    private long windowStartNs;
    private int lines;
    private long suppressed;

    public LogLimiter(int linesPerMinuteMax) {
        this(linesPerMinuteMax, System::nanoTime);
    }

    LogLimiter(int linesPerMinuteMax, LongSupplier nanoClock) {
        this.linesPerWindowMax = linesPerMinuteMax;
        this.nanoClock = nanoClock;
        this.windowStartNs = nanoClock.getAsLong();
    }

    /** Whether to log now; then {@code line} is called with how many were kept back before it. */
    public void log(Line line) {
        long keptBack;
        synchronized (this) {
            long now = nanoClock.getAsLong();
            if (now - windowStartNs >= WINDOW_NS) {
                windowStartNs = now;
                lines = 0;
            }
            if (lines == linesPerWindowMax) {
                suppressed++;
                return;
            }
            lines++;
            keptBack = suppressed;
            suppressed = 0;
        }
        line.write(keptBack);
    }

    /** Writes the line. */
    @FunctionalInterface
    public interface Line {
        void write(long suppressedBefore);
    }
}
