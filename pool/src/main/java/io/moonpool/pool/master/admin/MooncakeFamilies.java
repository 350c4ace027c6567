// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import io.moonpool.pool.state.MemberView;
import io.moonpool.pool.state.TenantView;
import io.moonpool.pool.state.Totals;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** Figures under the names of Mooncake's master, where we have the same figure. */
final class MooncakeFamilies {
    private MooncakeFamilies() {}

    static List<MetricSnapshot> of(Totals totals, List<MemberView> members) {
        List<MetricSnapshot> families = new ArrayList<>();
        families.add(
                gauge("master_allocated_bytes", "Memory in use, in bytes", totals.usedBytes()));
        families.add(
                gauge(
                        "master_total_capacity_bytes",
                        "Memory of all members, in bytes",
                        totals.capacityBytes()));
        families.add(
                gauge("master_allocated_file_size_bytes", "On SSD, in bytes", totals.ssdBytes()));
        families.add(gauge("master_key_count", "Objects with a replica", totals.objects()));
        families.add(
                gauge(
                        "master_soft_pin_key_count",
                        "Objects that are evicted last",
                        totals.softPinned()));
        families.add(
                gauge(
                        "master_active_clients",
                        "Members that are heard",
                        members.stream().filter(Summary::isActive).count()));
        families.add(
                counter(
                        "master_batch_put_end_items",
                        "Replicas that members have published",
                        totals.published()));
        families.add(
                segments(
                        "segment_allocated_bytes",
                        "In use, in bytes",
                        members,
                        Segments::usedBytes));
        families.add(
                segments(
                        "segment_total_capacity_bytes",
                        "What a member gives to others, in bytes",
                        members,
                        member -> member.spec().capacityBytes()));
        return families;
    }

    /** Two members may have one name, and a series only one value. */
    private static MetricSnapshot segments(
            String name, String help, List<MemberView> members, ToLongFunction<MemberView> value) {
        Map<String, Long> sums = new LinkedHashMap<>();
        members.forEach(
                member -> sums.merge(member.spec().name(), value.applyAsLong(member), Long::sum));
        GaugeSnapshot.Builder family = GaugeSnapshot.builder().name(name).help(help);
        sums.forEach((segment, sum) -> family.dataPoint(point(Labels.of("segment", segment), sum)));
        return family.build();
    }

    static List<MetricSnapshot> quotas(QuotaShares shares) {
        List<MetricSnapshot> families = new ArrayList<>();
        families.add(
                tenants(
                        "requested_bytes",
                        "Requested tenant quota policy in bytes",
                        shares,
                        tenant -> Math.max(tenant.quotaBytes(), 0)));
        families.add(
                tenants(
                        "effective_bytes",
                        "Effective tenant quota in bytes",
                        shares,
                        shares::effective));
        families.add(
                tenants(
                        "charged_bytes",
                        "Tenant quota charge in bytes",
                        shares,
                        TenantView::bytes));
        families.add(
                tenants(
                        "explicit_policy",
                        "Tenant explicit policy flag",
                        shares,
                        tenant -> tenant.quotaBytes() >= 0 ? 1 : 0));
        families.add(
                gauge(
                        "mooncake_tenant_quota_allocatable_capacity_bytes",
                        "Global tenant quota allocatable capacity in bytes",
                        shares.capacityBytes()));
        return families;
    }

    private static MetricSnapshot tenants(
            String name, String help, QuotaShares shares, ToDoubleFunction<TenantView> value) {
        GaugeSnapshot.Builder family =
                GaugeSnapshot.builder().name("mooncake_tenant_quota_" + name).help(help);
        shares.tenants()
                .forEach(tenant ->
                        family.dataPoint(
                                point(
                                        Labels.of("tenant_id", tenant.name()),
                                        value.applyAsDouble(tenant))));
        return family.build();
    }

    private static MetricSnapshot gauge(String name, String help, double value) {
        return GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(point(Labels.EMPTY, value))
                .build();
    }

    private static GaugeSnapshot.GaugeDataPointSnapshot point(Labels labels, double value) {
        return GaugeSnapshot.GaugeDataPointSnapshot.builder().labels(labels).value(value).build();
    }

    private static MetricSnapshot counter(String name, String help, double value) {
        return CounterSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder().value(value).build())
                .build();
    }
}
