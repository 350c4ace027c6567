// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.http;

import io.moonpool.pool.http.Families;
import io.moonpool.sidecar.store.SessionRole;
import io.moonpool.sidecar.store.StoreMetrics;
import io.moonpool.sidecar.store.StoreSnapshot;
import io.moonpool.sidecar.store.StoreSnapshot.ArenaSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * What the store counts and what it holds, as metric families. Times are exported in seconds, as
 * Prometheus has them.
 */
final class StoreFamilies {
    private static final String NANOS = "_nanos";
    private static final double NANOS_PER_SECOND = 1e9;

    private StoreFamilies() {}

    static List<MetricSnapshot> counters(StoreMetrics metrics) {
        List<MetricSnapshot> families = new ArrayList<>();
        metrics.all()
                .forEach((count, value) -> {
                    String name = count.exportName();
                    boolean time = name.endsWith(NANOS);
                    families.add(
                            Families.counter(
                                    time ? name.replace(NANOS, "_seconds") : name,
                                    count.help() + (time ? ", in seconds" : ""),
                                    time ? value / NANOS_PER_SECOND : value));
                });
        return families;
    }

    static List<MetricSnapshot> gauges(StoreSnapshot store) {
        List<MetricSnapshot> families = new ArrayList<>();
        List<ArenaSnapshot> arenas = store.arenas();
        families.add(
                arena("arena_bytes", "Size of the arena, in bytes", arenas, ArenaSnapshot::bytes));
        families.add(
                arena(
                        "arena_used_bytes",
                        "Slots in use, in bytes",
                        arenas,
                        ArenaSnapshot::usedBytes));
        families.add(
                arena(
                        "arena_pinned_bytes",
                        "Slots pinned by leases, in bytes",
                        arenas,
                        ArenaSnapshot::pinnedBytes));
        families.add(
                arena(
                        "arena_reserved_bytes",
                        "Slots granted to saves, in bytes",
                        arenas,
                        ArenaSnapshot::reservedBytes));
        families.add(
                arena(
                        "arena_quarantined_bytes",
                        "Slots that a process of before the restart may still use, in bytes",
                        arenas,
                        ArenaSnapshot::quarantinedBytes));
        families.add(arena("arena_objects", "Blocks visible", arenas, ArenaSnapshot::objects));
        families.add(sessions(store));
        families.add(Families.gauge("namespaces", "Namespaces known", store.namespaces().size()));
        families.add(
                Families.gauge("boot_count", "Starts on these arena files", store.bootCount()));
        return families;
    }

    private static MetricSnapshot arena(
            String name,
            String help,
            List<ArenaSnapshot> arenas,
            ToDoubleFunction<ArenaSnapshot> value) {
        return Families.gauges(
                name, help, arenas, arena -> Labels.of("tenant", arena.tenant()), value);
    }

    private static MetricSnapshot sessions(StoreSnapshot store) {
        return Families.gauges(
                "sessions",
                "Attached processes",
                List.of(SessionRole.values()),
                role -> Labels.of("role", role.name().toLowerCase(Locale.ROOT)),
                role -> store.sessions().stream().filter(one -> one.role() == role).count());
    }
}
