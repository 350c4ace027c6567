// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.http;

import io.moonpool.pool.http.Families;
import io.moonpool.pool.http.JvmFamilies;
import io.moonpool.sidecar.Version;
import io.moonpool.sidecar.pool.FetchMetrics;
import io.moonpool.sidecar.store.StoreControl;
import io.moonpool.sidecar.store.StoreMetrics;
import io.moonpool.sidecar.store.StoreSnapshot;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The page that Prometheus scrapes, made anew for each scrape from what the store counts. When the
 * store does not answer in time the counters are still there; only what needs its answer is left
 * out.
 */
public final class MetricsPage {
    private static final long STORE_DEADLINE_S = 1;

    private final StoreControl store;
    private final StoreMetrics metrics;
    private final FetchMetrics fetches;
    private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.builder().build();

    public MetricsPage(StoreControl store, StoreMetrics metrics, FetchMetrics fetches) {
        this.store = store;
        this.metrics = metrics;
        this.fetches = fetches;
    }

    String render() {
        Optional<StoreSnapshot> snapshot = snapshot();
        List<MetricSnapshot> all = new ArrayList<>(StoreFamilies.counters(metrics));
        all.addAll(FetchFamilies.all(fetches));
        snapshot.map(StoreFamilies::gauges).ifPresent(all::addAll);
        all.add(
                Families.gauge(
                        "store_answering",
                        "1 when the store answered this scrape",
                        snapshot.isPresent() ? 1 : 0));
        all.addAll(JvmFamilies.all(Version.string()));
        ByteArrayOutputStream page = new ByteArrayOutputStream();
        try {
            writer.write(page, new MetricSnapshots(all));
        } catch (IOException e) {
            throw new UncheckedIOException("memory can't fail to be written", e);
        }
        return page.toString(StandardCharsets.UTF_8);
    }

    private Optional<StoreSnapshot> snapshot() {
        try {
            return Optional.of(store.snapshot().get(STORE_DEADLINE_S, TimeUnit.SECONDS));
        } catch (TimeoutException | ExecutionException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
