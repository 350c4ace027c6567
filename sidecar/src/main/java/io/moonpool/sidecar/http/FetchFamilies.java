// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.http;

import io.moonpool.pool.http.Families;
import io.moonpool.sidecar.pool.FetchLoss;
import io.moonpool.sidecar.pool.FetchMetrics;
import io.moonpool.sidecar.pool.FetchStep;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.List;
import java.util.Locale;

/** How fetches from other members go, as metric families. */
final class FetchFamilies {
    private static final double NANOS_PER_SECOND = 1e9;

    private FetchFamilies() {}

    static List<MetricSnapshot> all(FetchMetrics fetches) {
        return List.of(
                Families.counters(
                        "fetch_steps",
                        "Steps of fetches from other members that were done",
                        List.of(FetchStep.values()),
                        step -> label("step", step),
                        step -> fetches.spent(step).times()),
                Families.counters(
                        "fetch_step_seconds",
                        "Time that steps of fetches took, in seconds",
                        List.of(FetchStep.values()),
                        step -> label("step", step),
                        step -> fetches.spent(step).nanos() / NANOS_PER_SECOND),
                Families.counters(
                        "fetch_losses",
                        "What did not come from other members, by cause",
                        List.of(FetchLoss.values()),
                        loss -> label("cause", loss),
                        fetches::lost));
    }

    private static Labels label(String name, Enum<?> value) {
        return Labels.of(name, value.name().toLowerCase(Locale.ROOT));
    }
}
