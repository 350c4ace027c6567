// SPDX-License-Identifier: Apache-2.0
package io.moonpool.bench.store;

import io.moonpool.sidecar.store.ArenaSpec;
import io.moonpool.sidecar.store.EpochLedger;
import io.moonpool.sidecar.store.GroupKind;
import io.moonpool.sidecar.store.GroupSpec;
import io.moonpool.sidecar.store.HashVector;
import io.moonpool.sidecar.store.NamespaceSpec;
import io.moonpool.sidecar.store.PoolPort;
import io.moonpool.sidecar.store.SessionGrant;
import io.moonpool.sidecar.store.SessionRequest;
import io.moonpool.sidecar.store.SessionRole;
import io.moonpool.sidecar.store.ShardSpec;
import io.moonpool.sidecar.store.StoreConfig;
import io.moonpool.sidecar.store.StoreControl;
import io.moonpool.sidecar.store.StoreCore;
import io.moonpool.sidecar.store.StoreMetrics;
import io.moonpool.sidecar.store.checksum.InlineChecksums;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One request and its answer through the rings, the store turned by this thread. Run with {@code
 * -prof gc}: the goal is less than one byte allocated per operation.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow"
        })
public class StoreBenchmark {

    private static final int BLOCKS = 250;
    private static final int RUN = 16;
    private static final int SLOT_BYTES = 4096;
    private static final long SLAB_BYTES = 1L << 20;
    private static final long ARENA_BYTES = 32L << 20;

    private final byte[] stored = new byte[BLOCKS * BenchClient.HASH_BYTES];
    private final byte[] unknown = new byte[BLOCKS * BenchClient.HASH_BYTES];
    private final byte[] fresh = new byte[RUN * BenchClient.HASH_BYTES];
    private final ByteBuffer freshBuffer = ByteBuffer.wrap(fresh);
    private final byte[] all = {(byte) 0xff, (byte) 0xff};
    private final StoreMetrics metrics = new StoreMetrics();
    private Path directory;
    private StoreCore store;
    private BenchClient client;
    private long lastJob;

    /** Opens a store on the tmpfs and saves the blocks that are asked for. */
    @Setup(Level.Trial)
    public void open() throws IOException {
        directory = Files.createTempDirectory(Path.of("/dev/shm"), "moonpool-bench-");
        StoreConfig config =
                new StoreConfig(
                        List.of(new ArenaSpec("default", ARENA_BYTES)),
                        SLAB_BYTES,
                        directory,
                        1,
                        0.5,
                        0.75,
                        0.25,
                        BenchClient.RING_BYTES,
                        BenchClient.RING_BYTES,
                        20,
                        8);
        StoreCore.Helpers helpers =
                new StoreCore.Helpers(
                        runners -> new InlineChecksums(runners.get(), 64),
                        Runnable::run,
                        () -> {},
                        PoolPort.NONE,
                        1L << 30);
        store = StoreCore.open(config, new NoLedger(), metrics, helpers);
        client = new BenchClient(attach(store.control()));
        Random random = new Random(1);
        random.nextBytes(stored);
        random.nextBytes(unknown);
        for (int block = 0; block < BLOCKS; block += RUN) {
            int end = Math.min(block + RUN, BLOCKS);
            save(
                    java.util.Arrays.copyOfRange(
                            stored, block * BenchClient.HASH_BYTES, end * BenchClient.HASH_BYTES));
        }
    }

    private SessionGrant attach(StoreControl control) {
        GroupSpec group =
                new GroupSpec(
                        0,
                        GroupKind.FULL,
                        BenchClient.BLOCK_TOKENS,
                        0,
                        List.of(new ShardSpec(0, 1, 0, 1, SLOT_BYTES)));
        SessionRequest request =
                new SessionRequest(
                        "bench",
                        SessionRole.SCHEDULER,
                        0,
                        1,
                        1,
                        "default",
                        new NamespaceSpec(new byte[BenchClient.HASH_BYTES], "bench", false, ""),
                        List.of(group),
                        new HashVector(
                                "sha256",
                                BenchClient.HASH_BYTES,
                                BenchClient.BLOCK_TOKENS,
                                new byte[1]),
                        false,
                        0,
                        List.of(),
                        0,
                        false);
        SessionGrant grant = turnUntil(control.open(request));
        turnUntil(control.activate(grant.sessionId()));
        return grant;
    }

    private <T> T turnUntil(CompletableFuture<T> future) {
        while (!future.isDone()) {
            store.doWork();
        }
        return future.join();
    }

    /** Removes what was made. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        store.close();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    /** A hit of 250 blocks: 250 pins, the answer, 250 unpins. */
    @Benchmark
    public long lookupHitAndRelease() {
        long job = ++lastJob;
        client.lookup(job, stored);
        client.release(job);
        store.doWork();
        return client.drain();
    }

    /** None of 250 blocks is here. */
    @Benchmark
    public long lookupMiss() {
        client.lookup(++lastJob, unknown);
        store.doWork();
        return client.drain();
    }

    /**
     * Sixteen new blocks of 4 KiB, with the eviction of sixteen old ones and the checksums of the
     * new.
     */
    @Benchmark
    public long reserveAndCommit() {
        for (int i = 0; i < RUN; i++) {
            freshBuffer
                    .putLong(i * BenchClient.HASH_BYTES, lastJob)
                    .putInt(i * BenchClient.HASH_BYTES + 8, i);
        }
        return save(fresh);
    }

    private long save(byte[] hashes) {
        long job = ++lastJob;
        client.intend(job, hashes);
        client.commit(job, all);
        while (store.doWork() > 0) {
            // Until the checksums are back and all is visible.
        }
        return client.drain();
    }

    private static final class NoLedger implements EpochLedger {

        @Override
        public long epoch(String tenant, byte[] digest) {
            return 1;
        }

        @Override
        public void raise(String tenant, byte[] digest, long epoch) {
            // Nothing is reset here.
        }
    }
}
