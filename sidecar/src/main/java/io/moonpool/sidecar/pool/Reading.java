// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import io.moonpool.sidecar.store.LandedChecksums;
import io.moonpool.sidecar.store.PoolAccess;
import io.moonpool.sidecar.store.StageGrant;
import io.moonpool.transfer.spi.Batch;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Blocks on their way into granted slots. Each object is committed when all its bytes are the ones
 * that its owner committed, and given up otherwise, but never while a transport may still write.
 */
final class Reading {

    private static final Duration LATENCY = Duration.ofMillis(150);
    private static final long BYTES_PER_MILLI_MIN = 50_000;
    private static final Duration LET_GO = Duration.ofSeconds(5);
    private static final long STORE_SECONDS = 5;

    private final PoolAccess store;
    private final PeerLinks links;
    private final StageGrant grant;
    private final Map<Integer, RemoteBlock> described;
    private final Complaints complaints;
    private final FetchMetrics metrics;
    private final int arena;
    private final boolean[] good;
    private final int[] crcs;

    /** For each batch the targets that its pieces belong to. */
    private final Map<Batch, List<Integer>> batches = new IdentityHashMap<>();

    private Duration timeout = LATENCY;
    private long began;

    Reading(
            PoolAccess store,
            PeerLinks links,
            StageGrant grant,
            Map<Integer, RemoteBlock> described,
            Complaints complaints,
            FetchMetrics metrics) {
        this.store = store;
        this.links = links;
        this.grant = grant;
        this.described = described;
        this.complaints = complaints;
        this.metrics = metrics;
        this.arena = grant.arena();
        this.good = new boolean[grant.objects().size()];
        this.crcs = new int[grant.objects().stream().mapToInt(o -> o.slots().size()).sum()];
    }

    /**
     * Asks for the bytes; what could not be asked for is given up in {@link #finish}. {@code
     * ahead}: bytes of the same fetch that were asked for before, and come first.
     */
    void begin(long ahead) {
        began = System.nanoTime();
        long bytes = ahead;
        Map<RemoteBlock.Source, List<Integer>> bySource = new LinkedHashMap<>();
        for (int i = 0; i < good.length; i++) {
            StageGrant.Target target = grant.objects().get(i);
            RemoteBlock remote = described.get(target.block());
            if (fits(target, remote)) {
                bySource.computeIfAbsent(remote.source(), s -> new ArrayList<>()).add(i);
                bytes += target.slots().stream().mapToLong(s -> s.payloadBytes()).sum();
            }
        }
        timeout = LATENCY.plusMillis(bytes / BYTES_PER_MILLI_MIN);
        bySource.forEach(this::read);
    }

    private static boolean fits(StageGrant.Target target, RemoteBlock remote) {
        boolean fits = remote != null && remote.shards().size() == target.slots().size();
        for (int shard = 0; fits && shard < target.slots().size(); shard++) {
            fits = remote.shards().get(shard).bytes() == target.slots().get(shard).payloadBytes();
        }
        return fits;
    }

    private void read(RemoteBlock.Source source, List<Integer> targets) {
        int pieces = targets.stream().mapToInt(i -> grant.objects().get(i).slots().size()).sum();
        Batch batch = links.transport().newBatch(pieces);
        for (int i : targets) {
            StageGrant.Target target = grant.objects().get(i);
            RemoteBlock remote = described.get(target.block());
            for (int shard = 0; shard < target.slots().size(); shard++) {
                StageGrant.SlotPlace place = target.slots().get(shard);
                batch.add(
                        remote.segment(),
                        remote.shards().get(shard).offset(),
                        links.arena(arena),
                        place.arenaOffset(),
                        place.payloadBytes());
            }
        }
        try {
            links.to(source.address()).read(batch, timeout);
            batches.put(batch, targets);
        } catch (IOException | IllegalArgumentException e) {
            complaints.unreachable(source.owner(), e);
        }
    }

    /** Waits for the bytes, judges them and commits; returns the blocks that are here now. */
    List<Integer> finish() throws InterruptedException {
        boolean released = true;
        for (Map.Entry<Batch, List<Integer>> one : batches.entrySet()) {
            released &= isReleased(one.getKey());
        }
        metrics.spent(FetchStep.READ, began);
        if (!released) {
            // Their slots stay reserved: a transport that does not let go may still write.
            complaints.stuck(grant.objects().size());
            return List.of();
        }
        LandedChecksums checksums = store.checksums();
        batches.forEach((batch, targets) -> judge(batch, targets, checksums));
        return commit();
    }

    private boolean isReleased(Batch batch) throws InterruptedException {
        if (batch.await(timeout.plus(LATENCY))) {
            return true;
        }
        batch.cancel();
        return batch.await(LET_GO);
    }

    private void judge(Batch batch, List<Integer> targets, LandedChecksums checksums) {
        int piece = 0;
        for (int i : targets) {
            StageGrant.Target target = grant.objects().get(i);
            boolean landed = true;
            for (int shard = 0; shard < target.slots().size(); shard++) {
                landed &= batch.outcome(piece++).isOk();
            }
            good[i] = landed && isSound(i, target, checksums);
        }
        if (!batch.outcome().isOk()) {
            complaints.failed(
                    described.get(grant.objects().get(targets.getFirst()).block()).owner(), batch);
        }
    }

    private boolean isSound(int index, StageGrant.Target target, LandedChecksums checksums) {
        RemoteBlock remote = described.get(target.block());
        // All objects of a group have as many shards.
        int firstCrc = index * target.slots().size();
        for (int shard = 0; shard < target.slots().size(); shard++) {
            StageGrant.SlotPlace place = target.slots().get(shard);
            RemoteBlock.Shard proof = remote.shards().get(shard);
            int payload = checksums.payload(arena, place);
            if (!checksums.isOwners(arena, place, proof.generation(), proof.crc32c(), payload)) {
                // The slot was used again while it was read, or a bit flipped: a miss either way.
                metrics.lost(FetchLoss.WRONG_BYTES, 1);
                return false;
            }
            crcs[firstCrc + shard] = checksums.ours(arena, place, payload);
        }
        return true;
    }

    private List<Integer> commit() throws InterruptedException {
        long commitBegan = System.nanoTime();
        try {
            store.commit(grant, good, crcs).get(STORE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the store takes no blocks: " + e.getMessage(), e);
        } finally {
            metrics.spent(FetchStep.COMMIT, commitBegan);
        }
        List<Integer> here = new ArrayList<>();
        for (int i = 0; i < good.length; i++) {
            if (good[i]) {
                here.add(grant.objects().get(i).block());
            }
        }
        return here;
    }
}
