// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.http;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Builds metric families under this program's prefix. A counter's name gets its suffix {@code
 * _total} when it is written.
 */
public final class Families {
    private static final String PREFIX = "moonpool_";

    private Families() {}

    public static CounterSnapshot counter(String name, String help, double value) {
        return counters(name, help, List.of(value), ignored -> Labels.EMPTY, one -> one);
    }

    /** One point for each item. */
    public static <T> CounterSnapshot counters(
            String name,
            String help,
            List<T> items,
            Function<T, Labels> labels,
            ToDoubleFunction<T> value) {
        CounterSnapshot.Builder family = CounterSnapshot.builder().name(PREFIX + name).help(help);
        for (T item : items) {
            family.dataPoint(
                    CounterSnapshot.CounterDataPointSnapshot.builder()
                            .labels(labels.apply(item))
                            .value(value.applyAsDouble(item))
                            .build());
        }
        return family.build();
    }

    public static GaugeSnapshot gauge(String name, String help, double value) {
        return gauges(name, help, List.of(value), ignored -> Labels.EMPTY, one -> one);
    }

    /** One point for each item. */
    public static <T> GaugeSnapshot gauges(
            String name,
            String help,
            List<T> items,
            Function<T, Labels> labels,
            ToDoubleFunction<T> value) {
        GaugeSnapshot.Builder family = GaugeSnapshot.builder().name(PREFIX + name).help(help);
        for (T item : items) {
            family.dataPoint(
                    GaugeSnapshot.GaugeDataPointSnapshot.builder()
                            .labels(labels.apply(item))
                            .value(value.applyAsDouble(item))
                            .build());
        }
        return family.build();
    }
}
