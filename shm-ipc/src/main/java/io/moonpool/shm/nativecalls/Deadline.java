// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.nativecalls;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A point in time that several waits in a row share. */
record Deadline(long nanoTime) {
    static Deadline in(Duration timeout) {
        return new Deadline(System.nanoTime() + timeout.toNanos());
    }

    /** Rounded up, so that a wait of the rest doesn't end before its time and spin. */
    int remainingMs() {
        long nanos = Math.max(0, nanoTime - System.nanoTime());
        long millis = TimeUnit.NANOSECONDS.toMillis(nanos + TimeUnit.MILLISECONDS.toNanos(1) - 1);
        return (int) Math.min(millis, Integer.MAX_VALUE);
    }
}
