// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counters of the store: raised by its threads, read by whoever exports them. */
public final class StoreMetrics {

    private final Map<StoreCount, LongAdder> counters = new EnumMap<>(StoreCount.class);

    public StoreMetrics() {
        for (StoreCount count : StoreCount.values()) {
            counters.put(count, new LongAdder());
        }
    }

    public void add(StoreCount count, long amount) {
        counters.get(count).add(amount);
    }

    public void increment(StoreCount count) {
        counters.get(count).increment();
    }

    public long get(StoreCount count) {
        return counters.get(count).sum();
    }

    public Map<StoreCount, Long> all() {
        final Map<StoreCount, Long> all = new EnumMap<>(StoreCount.class);
        for (StoreCount count : StoreCount.values()) {
            all.put(count, get(count));
        }
        return all;
    }
}
