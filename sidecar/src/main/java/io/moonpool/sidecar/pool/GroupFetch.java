// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import io.moonpool.pool.client.PeerCalls;
import io.moonpool.proto.v1.DescribeReply;
import io.moonpool.proto.v1.DescribeRequest;
import io.moonpool.proto.v1.MemberPlace;
import io.moonpool.sidecar.store.PoolAccess;
import io.moonpool.sidecar.store.StageGrant;
import io.moonpool.sidecar.store.StagingJob;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
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
    private static final int HASH_BYTES = 32;

    /** A silent owner costs a reader so much. */
    private static final long DESCRIBE_NANOS = 100_000_000L;

    private static final long STORE_SECONDS = 5;

    /** Read, checked and committed as a whole. */
    private static final long CHUNK_BYTES = 32L << 20;

    private final PoolAccess store;
    private final PeerCalls peers;
    private final PeerLinks links;
    private final Complaints complaints;
    private final StagingJob job;
    private final int group;
    private final Places places;
    private final Set<Places.Asked> asked = Places.nobodyAsked();

    GroupFetch(Surroundings around, StagingJob job, int group, Places places) {
        this.store = around.store;
        this.peers = around.peers;
        this.links = around.links;
        this.complaints = around.complaints;
        this.job = job;
        this.group = group;
        this.places = places;
    }

    /** What every fetch works with. */
    record Surroundings(
            PoolAccess store, PeerCalls peers, PeerLinks links, Complaints complaints) {}

    void run(int[] blocks) throws InterruptedException {
        Set<Integer> missing = new TreeSet<>();
        for (int block : blocks) {
            missing.add(block);
        }
        for (int round = 0; round < ROUNDS && !missing.isEmpty(); round++) {
            fetch(places.assign(missing, asked)).forEach(missing::remove);
        }
    }

    /** Returns the blocks that are on this host now. */
    private List<Integer> fetch(Map<MemberPlace, List<Integer>> assigned)
            throws InterruptedException {
        Map<Integer, RemoteBlock> described = describe(assigned);
        if (described.isEmpty()) {
            return List.of();
        }
        StageGrant grant = reserve(described.keySet());
        List<Reading> readings = new ArrayList<>();
        for (StageGrant chunk : chunks(grant)) {
            Reading reading = new Reading(store, links, chunk, described, complaints);
            readings.add(reading);
            try {
                reading.begin();
            } catch (RuntimeException e) {
                complaints.broken(e);
            }
        }
        List<Integer> landed = new ArrayList<>();
        for (Reading reading : readings) {
            landed.addAll(reading.finish());
        }
        return landed;
    }

    private Map<Integer, RemoteBlock> describe(Map<MemberPlace, List<Integer>> assigned)
            throws InterruptedException {
        Map<MemberPlace, ListenableFuture<DescribeReply>> questions = new LinkedHashMap<>();
        assigned.forEach((member, blocks) -> questions.put(member, ask(member, blocks)));
        long deadline = System.nanoTime() + DESCRIBE_NANOS;
        Map<Integer, RemoteBlock> described = new TreeMap<>();
        for (Map.Entry<MemberPlace, ListenableFuture<DescribeReply>> one : questions.entrySet()) {
            DescribeReply reply = await(one.getKey(), one.getValue(), deadline);
            List<Integer> blocks = assigned.get(one.getKey());
            if (reply != null) {
                described.putAll(
                        RemoteBlock.read(
                                one.getKey(), reply, blocks, ask().layout().shards().size()));
                complainOfMissing(one.getKey(), blocks, described);
            }
        }
        return described;
    }

    private ListenableFuture<DescribeReply> ask(MemberPlace member, List<Integer> blocks) {
        blocks.forEach(block -> asked.add(new Places.Asked(member.getId(), block)));
        return peers.describe(
                member.getPeerEndpoint(),
                DescribeRequest.newBuilder()
                        .setLayout(ByteString.copyFrom(ask().layout().digest()))
                        .setEpoch(job.epoch())
                        .setHashes(hashes(blocks))
                        .build());
    }

    private DescribeReply await(
            MemberPlace member, ListenableFuture<DescribeReply> question, long deadline)
            throws InterruptedException {
        try {
            return question.get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            question.cancel(true);
            complaints.unreachable(member, e);
            return null;
        }
    }

    private void complainOfMissing(
            MemberPlace member, List<Integer> blocks, Map<Integer, RemoteBlock> described) {
        List<Integer> absent =
                blocks.stream().filter(block -> !described.containsKey(block)).toList();
        if (!absent.isEmpty()) {
            complaints.notThere(member, ask().layout(), job.epoch(), hashes(absent));
        }
    }

    private ByteString hashes(List<Integer> blocks) {
        byte[] all = new byte[blocks.size() * HASH_BYTES];
        for (int i = 0; i < blocks.size(); i++) {
            System.arraycopy(
                    ask().hashes(), blocks.get(i) * HASH_BYTES, all, i * HASH_BYTES, HASH_BYTES);
        }
        return ByteString.copyFrom(all);
    }

    private StageGrant reserve(Set<Integer> blocks) throws InterruptedException {
        int[] wanted = blocks.stream().mapToInt(Integer::intValue).sorted().toArray();
        try {
            return store.reserve(job, group, wanted).get(STORE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the store gives no slots: " + e.getMessage(), e);
        }
    }

    private static List<StageGrant> chunks(StageGrant grant) {
        List<StageGrant> chunks = new ArrayList<>();
        List<StageGrant.Target> chunk = new ArrayList<>();
        long bytes = 0;
        for (StageGrant.Target target : grant.objects()) {
            chunk.add(target);
            bytes += target.slots().stream().mapToLong(StageGrant.SlotPlace::payloadBytes).sum();
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

    private StagingJob.Ask ask() {
        return job.groups().get(group);
    }
}
