// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.protobuf.ByteString;
import io.moonpool.pool.client.PeerCalls;
import io.moonpool.proto.v1.DescribeReply;
import io.moonpool.proto.v1.DescribeRequest;
import io.moonpool.proto.v1.MemberPlace;
import io.moonpool.sidecar.store.StagingJob;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks owners of one group's blocks where the bytes are. When an owner is silent for a moment,
 * others that have its blocks are asked beside it, and the first answer counts. For one thread.
 */
final class Inquiry {

    /** As long as an answer takes on a busy host. */
    private static final long HEDGE_NANOS = 30_000_000L;

    /** A silent owner costs a reader so much. */
    private static final long PATIENCE_NANOS = 150_000_000L;

    private static final int HASH_BYTES = 32;

    private final PeerCalls peers;
    private final Complaints complaints;
    private final StagingJob job;
    private final StagingJob.Ask ask;
    private final Places places;
    private final Set<Places.Asked> asked = Places.nobodyAsked();

    private record Question(
            MemberPlace member, List<Integer> blocks, ListenableFuture<DescribeReply> answer) {}

    Inquiry(
            PeerCalls peers,
            Complaints complaints,
            StagingJob job,
            StagingJob.Ask ask,
            Places places) {
        this.peers = peers;
        this.complaints = complaints;
        this.job = job;
        this.ask = ask;
        this.places = places;
    }

    /** What can be found out of these blocks; nobody is asked twice for the same block. */
    Map<Integer, RemoteBlock> describe(Set<Integer> wanted) throws InterruptedException {
        Round round = new Round(wanted);
        try {
            round.askFor(wanted);
            round.collect(HEDGE_NANOS);
            round.askFor(round.unanswered());
            round.collect(PATIENCE_NANOS);
        } finally {
            round.end();
        }
        return round.described;
    }

    /** Questions under way at the same time. */
    private final class Round {
        private final long began = System.nanoTime();
        private final Set<Integer> wanted;
        private final Set<Question> open = new LinkedHashSet<>();
        private final BlockingQueue<Future<DescribeReply>> answers = new LinkedBlockingQueue<>();
        private final Map<Integer, RemoteBlock> described = new TreeMap<>();

        Round(Set<Integer> wanted) {
            this.wanted = wanted;
        }

        void askFor(Set<Integer> blocks) {
            places.assign(blocks, asked).forEach(this::ask);
        }

        private void ask(MemberPlace member, List<Integer> blocks) {
            blocks.forEach(block -> asked.add(new Places.Asked(member.getId(), block)));
            ListenableFuture<DescribeReply> answer =
                    peers.describe(
                            member.getPeerEndpoint(),
                            DescribeRequest.newBuilder()
                                    .setLayout(ByteString.copyFrom(ask.layout().digest()))
                                    .setEpoch(job.epoch())
                                    .setHashes(hashes(blocks))
                                    .build());
            open.add(new Question(member, blocks, answer));
            answer.addListener(() -> answers.add(answer), MoreExecutors.directExecutor());
        }

        /** Until all is known, all have answered, or so much time has gone since the beginning. */
        void collect(long untilNanos) throws InterruptedException {
            while (!open.isEmpty() && !described.keySet().containsAll(wanted)) {
                long left = began + untilNanos - System.nanoTime();
                Future<DescribeReply> answer = answers.poll(left, TimeUnit.NANOSECONDS);
                if (answer == null) {
                    return;
                }
                open.stream()
                        .filter(question -> question.answer.equals(answer))
                        .findFirst()
                        .ifPresent(this::take);
            }
        }

        private void take(Question question) {
            open.remove(question);
            try {
                take(question, question.answer.get());
            } catch (ExecutionException e) {
                complaints.unreachable(question.member, e.getCause());
            } catch (InterruptedException e) {
                // It is done, so this does not wait.
                Thread.currentThread().interrupt();
            }
        }

        private void take(Question question, DescribeReply reply) {
            Map<Integer, RemoteBlock> told =
                    RemoteBlock.read(
                            question.member, reply, question.blocks, ask.layout().shards().size());
            told.forEach(described::putIfAbsent);
            List<Integer> absent =
                    question.blocks.stream().filter(block -> !told.containsKey(block)).toList();
            if (!absent.isEmpty()) {
                complaints.notThere(question.member, ask.layout(), job.epoch(), hashes(absent));
            }
        }

        Set<Integer> unanswered() {
            Set<Integer> blocks = new TreeSet<>();
            open.forEach(question -> blocks.addAll(question.blocks));
            blocks.removeAll(described.keySet());
            return blocks;
        }

        /**
         * Whoever owes an answer still is silent if all the time has gone, and else only slower.
         */
        void end() {
            boolean timeIsUp = System.nanoTime() - began >= PATIENCE_NANOS;
            for (Question question : open) {
                question.answer.cancel(true);
                if (timeIsUp) {
                    complaints.unreachable(question.member, new TimeoutException("it is silent"));
                }
            }
        }
    }

    private ByteString hashes(List<Integer> blocks) {
        List<ByteString> all = new ArrayList<>();
        ByteString of = ByteString.copyFrom(ask.hashes());
        for (int block : blocks) {
            all.add(of.substring(block * HASH_BYTES, (block + 1) * HASH_BYTES));
        }
        return ByteString.copyFrom(all);
    }
}
