// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import io.moonpool.pool.state.MemberState;
import io.moonpool.pool.state.MemberView;
import io.moonpool.pool.state.Totals;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The pool in a line, in the two forms that Mooncake's users search their logs for: of its first
 * versions, and of the present ones. Rates are since the last {@link #advance}.
 */
public final class Summary {
    private static final String[] UNITS = {"B", "KB", "MB", "GB", "TB", "PB"};
    private static final double STEP = 1024;
    private static final double PERCENT = 100;
    private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final PoolView pool;
    private final LongSupplier nanoClock;
    private Counted last;

    /** Counters at a time. */
    private record Counted(long published, long retracted, long atNs) {}

    public Summary(PoolView pool) {
        this(pool, System::nanoTime);
    }

    Summary(PoolView pool, LongSupplier nanoClock) {
        this.pool = pool;
        this.nanoClock = nanoClock;
        this.last = new Counted(0, 0, nanoClock.getAsLong());
    }

    /** Both lines, and the rates of the next ones count from here. */
    public List<String> advance() throws AdminFailure {
        Totals totals = pool.totals();
        List<String> lines =
                List.of(
                        "Master Metrics: " + older(totals),
                        "Master Admin Metrics: " + newer(totals));
        synchronized (this) {
            last = counted(totals);
        }
        return lines;
    }

    String current() throws AdminFailure {
        return newer(pool.totals());
    }

    private String older(Totals totals) throws AdminFailure {
        return "Storage: %s / %s | Keys: %d | Clients: %d | %s"
                .formatted(
                        twoPlaces(totals.usedBytes()),
                        twoPlaces(totals.capacityBytes()),
                        totals.objects(),
                        clients(),
                        rates(totals));
    }

    private String newer(Totals totals) throws AdminFailure {
        return ("role=leader, state=serving, service_ready=true, master={Mem Storage: %s / %s%s |"
                        + " SSD Storage: %s | Keys: %d (soft-pinned: %d) | Clients: %d | %s}")
                .formatted(
                        shortest(totals.usedBytes()),
                        shortest(totals.capacityBytes()),
                        share(totals),
                        shortest(totals.ssdBytes()),
                        totals.objects(),
                        totals.softPinned(),
                        clients(),
                        rates(totals));
    }

    private long clients() throws AdminFailure {
        return pool.members().stream().filter(Summary::isActive).count();
    }

    static boolean isActive(MemberView member) {
        return member.state() != MemberState.SUSPECT && member.state() != MemberState.GONE;
    }

    private synchronized String rates(Totals totals) {
        Counted now = counted(totals);
        double seconds = Math.max((now.atNs() - last.atNs()) / NANOS_PER_SECOND, 1e-3);
        return String.format(
                Locale.ROOT,
                "Items (per sec): Published=%.2f, Retracted=%.2f",
                (now.published() - last.published()) / seconds,
                (now.retracted() - last.retracted()) / seconds);
    }

    private Counted counted(Totals totals) {
        return new Counted(totals.published(), totals.retracted(), nanoClock.getAsLong());
    }

    private static String share(Totals totals) {
        return totals.capacityBytes() == 0
                ? ""
                : String.format(
                        Locale.ROOT,
                        " (%.1f%%)",
                        PERCENT * totals.usedBytes() / totals.capacityBytes());
    }

    /** Mooncake's present form: "0 B", "64.00 MB". */
    static String shortest(long bytes) {
        return bytes < STEP ? bytes + " B" : twoPlaces(bytes);
    }

    /** Its former form: "0.00 B", "64.00 MB". */
    static String twoPlaces(long bytes) {
        double number = bytes;
        int unit = 0;
        while (number >= STEP && unit < UNITS.length - 1) {
            number /= STEP;
            unit++;
        }
        return String.format(Locale.ROOT, "%.2f %s", number, UNITS[unit]);
    }
}
