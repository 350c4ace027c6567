// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Where fetches from other members spend their time, and what they lose. Any thread. */
public final class FetchMetrics {

    /** How often a step was done, and the time that took. */
    public record Spent(long times, long nanos) {}

    private final Map<FetchStep, LongAdder> times = new EnumMap<>(FetchStep.class);
    private final Map<FetchStep, LongAdder> nanos = new EnumMap<>(FetchStep.class);
    private final Map<FetchLoss, LongAdder> losses = new EnumMap<>(FetchLoss.class);

    public FetchMetrics() {
        for (FetchStep step : FetchStep.values()) {
            times.put(step, new LongAdder());
            nanos.put(step, new LongAdder());
        }
        for (FetchLoss loss : FetchLoss.values()) {
            losses.put(loss, new LongAdder());
        }
    }

    /** A step that began at {@code beganNanos} is over. */
    void spent(FetchStep step, long beganNanos) {
        times.get(step).increment();
        nanos.get(step).add(System.nanoTime() - beganNanos);
    }

    void lost(FetchLoss loss, long count) {
        losses.get(loss).add(count);
    }

    public Spent spent(FetchStep step) {
        return new Spent(times.get(step).sum(), nanos.get(step).sum());
    }

    public long lost(FetchLoss loss) {
        return losses.get(loss).sum();
    }
}
