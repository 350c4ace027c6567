// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import io.moonpool.pool.http.Families;
import io.moonpool.pool.state.MemberState;
import io.moonpool.pool.state.MemberView;
import io.moonpool.pool.state.Totals;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.List;
import java.util.Locale;

/** Figures of the directory under our own names. */
final class DirectoryFamilies {
    private DirectoryFamilies() {}

    static List<MetricSnapshot> of(Totals totals, List<MemberView> members) {
        return List.of(
                Families.gauge("directory_objects", "Objects with a replica", totals.objects()),
                Families.gauge("directory_replicas", "Replicas known", totals.replicas()),
                Families.gauge(
                        "directory_capacity_bytes",
                        "Memory that members give to others, in bytes",
                        totals.capacityBytes()),
                Families.gauge("directory_used_bytes", "Of that in use", totals.usedBytes()),
                Families.gauge("directory_ssd_bytes", "On SSD, in bytes", totals.ssdBytes()),
                Families.gauge(
                        "directory_soft_pinned", "Objects pinned softly", totals.softPinned()),
                Families.gauge("directory_hard_pinned", "Objects pinned hard", totals.hardPinned()),
                Families.gauge(
                        "directory_tombstones",
                        "Removed objects that a member may not have removed yet",
                        totals.tombstones()),
                Families.gauge(
                        "directory_index_bytes",
                        "Memory of the index outside the heap, in bytes",
                        totals.indexBytes()),
                Families.counter("directory_published", "Replicas published", totals.published()),
                Families.counter("directory_retracted", "Replicas retracted", totals.retracted()),
                Families.counter(
                        "directory_orders", "Orders given to members", totals.ordersGiven()),
                states(members));
    }

    private static MetricSnapshot states(List<MemberView> members) {
        return Families.gauges(
                "directory_members",
                "Members by state",
                List.of(MemberState.values()),
                state -> Labels.of("state", state.name().toLowerCase(Locale.ROOT)),
                state -> members.stream().filter(member -> member.state() == state).count());
    }
}
