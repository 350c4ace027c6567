// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.client;

import io.grpc.stub.StreamObserver;
import io.moonpool.proto.v1.ChangeBatch;
import io.moonpool.proto.v1.ChangeReply;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** One stream of changes and what comes back on it, for the link's thread to take. */
final class ChangeStream implements StreamObserver<ChangeReply> {

    private final ConcurrentLinkedQueue<ChangeReply> replies = new ConcurrentLinkedQueue<>();
    private final AtomicInteger unanswered = new AtomicInteger();
    private StreamObserver<ChangeBatch> requests;
    private volatile String ended;

    void open(DirectoryChannel channel) {
        requests = channel.streams.changes(this);
    }

    void send(ChangeBatch batch) {
        unanswered.incrementAndGet();
        requests.onNext(batch);
    }

    /** Batches that the directory has not acknowledged. */
    int unanswered() {
        return unanswered.get();
    }

    ChangeReply poll() {
        return replies.poll();
    }

    /** Why it ended, or null. */
    String ended() {
        return ended;
    }

    void close() {
        if (ended == null) {
            requests.onCompleted();
        }
    }

    @Override
    public void onNext(ChangeReply reply) {
        if (reply.getOrdersCount() == 0 || reply.getAppliedSequence() > 0) {
            unanswered.decrementAndGet();
        }
        replies.add(reply);
    }

    @Override
    public void onError(Throwable failure) {
        ended = String.valueOf(failure.getMessage());
    }

    @Override
    public void onCompleted() {
        ended = "the directory has closed the stream";
    }
}
