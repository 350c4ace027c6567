// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import io.moonpool.pool.http.Families;
import io.moonpool.pool.http.JvmFamilies;
import io.moonpool.pool.state.MemberView;
import io.moonpool.pool.state.Totals;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** {@code /metrics} and its one-line form. */
final class FigurePages {
    private final PoolView pool;
    private final Summary summary;
    private final String version;
    private final boolean quotas;
    private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.builder().build();

    FigurePages(PoolView pool, Summary summary, String version, boolean quotas) {
        this.pool = pool;
        this.summary = summary;
        this.version = version;
        this.quotas = quotas;
    }

    Answer summary(Call call) throws AdminFailure {
        return Answer.figures(summary.current());
    }

    /** Always answers: what needs the directory is left out when that is late. */
    Answer metrics(Call call) {
        List<MetricSnapshot> all = new ArrayList<>();
        boolean answering = addPool(all);
        all.add(
                Families.gauge(
                        "directory_answering",
                        "1 when the directory answered this scrape",
                        answering ? 1 : 0));
        all.addAll(JvmFamilies.all(version));
        ByteArrayOutputStream page = new ByteArrayOutputStream();
        try {
            writer.write(page, new MetricSnapshots(all));
        } catch (IOException e) {
            throw new UncheckedIOException("memory can't fail to be written", e);
        }
        return Answer.figures(page.toString(StandardCharsets.UTF_8));
    }

    private boolean addPool(List<MetricSnapshot> all) {
        try {
            Totals totals = pool.totals();
            List<MemberView> members = pool.members();
            List<MetricSnapshot> families = new ArrayList<>(MooncakeFamilies.of(totals, members));
            families.addAll(DirectoryFamilies.of(totals, members));
            if (quotas) {
                families.addAll(
                        MooncakeFamilies.quotas(
                                new QuotaShares(pool.tenants(), totals.capacityBytes())));
            }
            all.addAll(families);
            return true;
        } catch (AdminFailure e) {
            return false;
        }
    }
}
