// SPDX-License-Identifier: Apache-2.0
package io.moonpool.bench.pool;

import io.moonpool.pool.state.ChangeRecord;
import io.moonpool.pool.state.ChangeSet;
import io.moonpool.pool.state.Command;
import io.moonpool.pool.state.Digest;
import io.moonpool.pool.state.Directory;
import io.moonpool.pool.state.DirectoryConfig;
import io.moonpool.pool.state.LayoutSpec;
import io.moonpool.pool.state.Locations;
import io.moonpool.pool.state.MemberId;
import io.moonpool.pool.state.MemberSpec;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The directory on one thread: publications in batches of 64, memory per key, location of 250 keys.
 * Times are CPU time of the thread, so that neighbours on the machine count little. Arguments: keys
 * (10,000,000), members (8).
 */
public final class DirectoryFigures {
    private static final int BATCH = 64;
    private static final int LOCATED = 250;
    private static final int LOCATE_ROUNDS = 20_000;
    private static final int PARTS = 10;
    private static final long OBJECT_BYTES = 2 << 20;
    private static final Digest LAYOUT = new Digest(1, 2, 3, 4);

    private final Directory directory = Directory.create(DirectoryConfig.defaults(0x5EED));
    private final ChangeSet set = new ChangeSet();
    private final UnsafeBuffer records = new UnsafeBuffer(new byte[BATCH * ChangeRecord.BYTES]);
    private final int[] handles;
    private final long[] sequences;

    private DirectoryFigures(int members) {
        handles = new int[members];
        sequences = new long[members];
        for (int i = 0; i < members; i++) {
            handles[i] = directory.join(new Command.Join(1, spec(i + 1), List.of(), 0)).member();
            sequences[i] = 1;
            set.layouts = List.of(layout());
            send(i, 0, true);
        }
        set.layouts = List.of();
    }

    private static MemberSpec spec(int number) {
        return new MemberSpec(
                new MemberId(number, number),
                "host-" + number,
                "host-" + number + ":7171",
                List.of(),
                "tcp",
                1L << 40,
                1L << 40,
                1);
    }

    private static LayoutSpec layout() {
        return new LayoutSpec(LAYOUT, "default", "model", OBJECT_BYTES, LAYOUT, 0);
    }

    public static void main(String[] arguments) throws IOException {
        long keys = arguments.length > 0 ? Long.parseLong(arguments[0]) : 10_000_000;
        int members = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 8;
        warmUp(members);
        long before = residentBytes();
        DirectoryFigures figures = new DirectoryFigures(members);
        figures.publishAll(keys);
        long off = figures.directory.totals().indexBytes();
        say("memory off heap, bytes per key: %.1f", (double) off / keys);
        say("memory resident, bytes per key: %.1f", (double) (residentBytes() - before) / keys);
        figures.churn(keys);
        figures.locate(keys);
        long start = cpuNanos();
        long checksum = figures.directory.checksum();
        say("checksum %016x of %d keys: %d ms", checksum, keys, (cpuNanos() - start) / 1_000_000);
        figures.directory.close();
    }

    private static void warmUp(int members) {
        DirectoryFigures figures = new DirectoryFigures(members);
        for (long from = 0; from < 2_000_000; from += BATCH) {
            figures.publish(from);
        }
        figures.directory.close();
    }

    private void publishAll(long keys) {
        long part = keys / PARTS;
        for (int i = 0; i < PARTS; i++) {
            long start = cpuNanos();
            for (long from = i * part; from < (i + 1) * part; from += BATCH) {
                publish(from);
            }
            long nanos = cpuNanos() - start;
            say(
                    "publications per second of CPU, keys %,d to %,d: %,d",
                    i * part, (i + 1) * part, part * 1_000_000_000L / nanos);
        }
    }

    /** What has long been known is retracted, and new keys come: an evicting pool. */
    private void churn(long keys) {
        long count = keys / PARTS;
        long start = cpuNanos();
        for (long i = 0; i < count; i += BATCH) {
            change(ChangeRecord.RETRACT, i);
            change(ChangeRecord.PUBLISH, keys + i);
        }
        long nanos = cpuNanos() - start;
        say(
                "retractions and publications per second of CPU, full: %,d",
                2 * count * 1_000_000_000L / nanos);
    }

    private void publish(long from) {
        change(ChangeRecord.PUBLISH, from);
    }

    private void change(int op, long from) {
        for (int i = 0; i < BATCH; i++) {
            int at = i * ChangeRecord.BYTES;
            records.putLong(at, op | 1 << 8, ByteOrder.LITTLE_ENDIAN);
            records.putLong(at + ChangeRecord.EPOCH, 1, ByteOrder.LITTLE_ENDIAN);
            records.putLong(at + ChangeRecord.NUMBER, from + i, ByteOrder.LITTLE_ENDIAN);
            putHash(records, at + ChangeRecord.HASH, from + i);
        }
        send((int) (from / BATCH % handles.length), BATCH, false);
    }

    private static void putHash(UnsafeBuffer target, int offset, long key) {
        long mixed = (key + 1) * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ mixed >>> 30) * 0xBF58476D1CE4E5B9L;
        target.putLong(offset, mixed);
        target.putLong(offset + 8, ~mixed);
        target.putLong(offset + 16, mixed >>> 7);
        target.putLong(offset + 24, key);
    }

    private void send(int member, int count, boolean announced) {
        set.now = 2;
        set.member = handles[member];
        set.firstSequence = sequences[member];
        set.records = records;
        set.count = count;
        set.capacityBytes = 1L << 40;
        set.freeBytes = 1L << 39;
        set.announced = announced;
        sequences[member] += count;
        if (directory.change(set).appliedSequence() != sequences[member] - 1) {
            throw new IllegalStateException("a batch was not applied");
        }
    }

    private void locate(long keys) {
        UnsafeBuffer hashes = new UnsafeBuffer(new byte[LOCATED * Digest.BYTES]);
        Locations answer = new Locations();
        SplittableRandom random = new SplittableRandom(1);
        long[] nanos = new long[LOCATE_ROUNDS];
        long found = 0;
        for (int round = 0; round < LOCATE_ROUNDS; round++) {
            long from = random.nextLong(keys);
            for (int i = 0; i < LOCATED; i++) {
                putHash(hashes, i * Digest.BYTES, from + i);
            }
            long start = System.nanoTime();
            directory.locate(LAYOUT, 1, hashes, 0, LOCATED, handles[0], answer);
            nanos[round] = System.nanoTime() - start;
            found += answer.place(0, 0) == Locations.NONE ? 0 : 1;
        }
        Arrays.sort(nanos);
        say(
                "locate of %d keys, us: p50 %.1f, p99 %.1f (%d of %d found)",
                LOCATED,
                nanos[LOCATE_ROUNDS / 2] / 1e3,
                nanos[LOCATE_ROUNDS * 99 / 100] / 1e3,
                found,
                LOCATE_ROUNDS);
    }

    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static long residentBytes() throws IOException {
        System.gc();
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) << 10;
            }
        }
        return 0;
    }

    private static void say(String format, Object... values) {
        System.out.println(format.formatted(values).toLowerCase(Locale.ROOT));
    }
}
