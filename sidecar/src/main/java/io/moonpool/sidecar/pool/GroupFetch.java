// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import io.moonpool.pool.client.PeerCalls;
import io.moonpool.sidecar.store.PoolAccess;
import io.moonpool.sidecar.store.StageGrant;
import io.moonpool.sidecar.store.StagingJob;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Brings one group's blocks of a job: asks owners where the bytes are, takes slots for what they
 * describe, reads, and commits what proved right. What failed is tried once more with another
 * owner.
 */
final class GroupFetch {

    private static final int ROUNDS = 2;

    private static final long STORE_SECONDS = 5;

    /** Read, checked and committed as a whole. */
    private static final long CHUNK_BYTES = 32L << 20;

    private final PoolAccess store;
    private final PeerLinks links;
    private final Complaints complaints;
    private final FetchMetrics metrics;
    private final StagingJob job;
    private final int group;
    private final Inquiry inquiry;

    GroupFetch(Surroundings around, StagingJob job, int group, Places places) {
        this.store = around.store;
        this.links = around.links;
        this.complaints = around.complaints;
        this.metrics = around.metrics;
        this.job = job;
        this.group = group;
        this.inquiry = new Inquiry(around.peers, complaints, job, job.groups().get(group), places);
    }

    /** What every fetch works with. */
    record Surroundings(
            PoolAccess store,
            PeerCalls peers,
            PeerLinks links,
            Complaints complaints,
            FetchMetrics metrics) {}

    void run(int[] blocks) throws InterruptedException {
        Set<Integer> missing = new TreeSet<>();
        for (int block : blocks) {
            missing.add(block);
        }
        for (int round = 0; round < ROUNDS && !missing.isEmpty(); round++) {
            fetch(missing).forEach(missing::remove);
        }
    }

    /** Returns the blocks that are on this host now. */
    private List<Integer> fetch(Set<Integer> missing) throws InterruptedException {
        Map<Integer, RemoteBlock> described = describe(missing);
        if (described.isEmpty()) {
            return List.of();
        }
        StageGrant grant = reserve(described.keySet());
        List<Reading> readings = new ArrayList<>();
        long ahead = 0;
        for (StageGrant chunk : chunks(grant)) {
            Reading reading = new Reading(store, links, chunk, described, complaints, metrics);
            readings.add(reading);
            try {
                reading.begin(ahead);
            } catch (RuntimeException e) {
                complaints.broken(e);
            }
            ahead += bytes(chunk.objects());
        }
        List<Integer> landed = new ArrayList<>();
        for (Reading reading : readings) {
            landed.addAll(reading.finish());
        }
        return landed;
    }

    private Map<Integer, RemoteBlock> describe(Set<Integer> missing) throws InterruptedException {
        long began = System.nanoTime();
        try {
            return inquiry.describe(missing);
        } finally {
            metrics.spent(FetchStep.DESCRIBE, began);
        }
    }

    private StageGrant reserve(Set<Integer> blocks) throws InterruptedException {
        long began = System.nanoTime();
        int[] wanted = blocks.stream().mapToInt(Integer::intValue).sorted().toArray();
        try {
            return store.reserve(job, group, wanted).get(STORE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the store gives no slots: " + e.getMessage(), e);
        } finally {
            metrics.spent(FetchStep.RESERVE, began);
        }
    }

    private static List<StageGrant> chunks(StageGrant grant) {
        List<StageGrant> chunks = new ArrayList<>();
        List<StageGrant.Target> chunk = new ArrayList<>();
        long bytes = 0;
        for (StageGrant.Target target : grant.objects()) {
            chunk.add(target);
            bytes += bytes(List.of(target));
            if (bytes >= CHUNK_BYTES) {
                chunks.add(grant.with(chunk));
                chunk.clear();
                bytes = 0;
            }
        }
        if (!chunk.isEmpty()) {
            chunks.add(grant.with(chunk));
        }
        return chunks;
    }

    private static long bytes(List<StageGrant.Target> targets) {
        return targets.stream()
                .flatMap(target -> target.slots().stream())
                .mapToLong(StageGrant.SlotPlace::payloadBytes)
                .sum();
    }
}
