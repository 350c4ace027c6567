// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.http;

import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;

/** The few figures of the JVM that say whether the process is well. */
public final class JvmFamilies {
    private static final double MILLIS_PER_SECOND = 1e3;

    private JvmFamilies() {}

    public static List<MetricSnapshot> all(String version) {
        List<GarbageCollectorMXBean> collectors = ManagementFactory.getGarbageCollectorMXBeans();
        Duration cpu = ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
        return List.of(
                build(version),
                Families.gauge(
                        "jvm_heap_used_bytes",
                        "Java heap in use, in bytes",
                        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed()),
                Families.gauge(
                        "jvm_threads",
                        "Threads of the process that Java knows",
                        ManagementFactory.getThreadMXBean().getThreadCount()),
                Families.counter(
                        "jvm_gc_collections",
                        "Garbage collections",
                        collectors.stream()
                                .mapToLong(GarbageCollectorMXBean::getCollectionCount)
                                .sum()),
                Families.counter(
                        "jvm_gc_seconds",
                        "Time spent in garbage collections, in seconds",
                        collectors.stream()
                                        .mapToLong(GarbageCollectorMXBean::getCollectionTime)
                                        .sum()
                                / MILLIS_PER_SECOND),
                Families.counter(
                        "process_cpu_seconds",
                        "Processor time of the process, in seconds",
                        cpu.toMillis() / MILLIS_PER_SECOND),
                Families.gauge(
                        "uptime_seconds",
                        "Time since the start, in seconds",
                        ManagementFactory.getRuntimeMXBean().getUptime() / MILLIS_PER_SECOND));
    }

    private static MetricSnapshot build(String version) {
        return InfoSnapshot.builder()
                .name("moonpool_build")
                .help("The running version")
                .dataPoint(
                        InfoSnapshot.InfoDataPointSnapshot.builder()
                                .labels(
                                        Labels.of(
                                                "version",
                                                version,
                                                "java",
                                                System.getProperty("java.version")))
                                .build())
                .build();
    }
}
