// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.moonpool.pool.embedded.DirectoryAccess;
import io.moonpool.pool.state.ChangeSet;
import io.moonpool.pool.state.Changed;
import io.moonpool.pool.state.Command;
import io.moonpool.pool.state.Directory;
import io.moonpool.proto.v1.ChangeBatch;
import io.moonpool.proto.v1.ChangeReply;
import java.util.Arrays;

/**
 * One member's stream of changes. One batch at a time is on its way to the directory: the next is
 * asked for when this one is answered and the member reads its answers, so that a member that sends
 * faster than it reads waits for itself.
 *
 * <p>The network's threads only hand over; everything else, and every answer, is done by the
 * directory's thread.
 */
final class MemberStream implements StreamObserver<ChangeBatch> {
    private static final int NOBODY = 0;

    private final DirectoryAccess directory;
    private final MemberStreams streams;
    private final ServerCallStreamObserver<ChangeReply> observer;
    private final byte[] directoryId;
    private int member = NOBODY;
    private boolean left;
    private boolean ended;

    /** An answered batch whose successor was not asked for, because the member does not read. */
    private boolean owesRequest;

    MemberStream(
            DirectoryAccess directory,
            MemberStreams streams,
            ServerCallStreamObserver<ChangeReply> observer,
            byte[] directoryId) {
        this.directory = directory;
        this.streams = streams;
        this.observer = observer;
        this.directoryId = directoryId;
        observer.disableAutoRequest();
        observer.setOnReadyHandler(() -> handOver(this::onReady));
        observer.setOnCancelHandler(() -> handOver(this::onGone));
        observer.request(1);
    }

    @FunctionalInterface
    private interface Step {
        void run(Directory state, long now);
    }

    /** When the queue is full the stream ends, and with it the member's wish to be heard. */
    private void handOver(Step step) {
        directory
                .command((state, now) -> {
                    step.run(state, now);
                    return null;
                })
                .whenComplete((nothing, failure) -> {
                    if (failure != null) {
                        observer.onError(Answers.status(failure));
                    }
                });
    }

    @Override
    public void onNext(ChangeBatch batch) {
        ChangeSet changes;
        try {
            changes = Requests.changes(batch);
        } catch (RuntimeException e) {
            handOver((state, now) -> fail(state, now, e));
            return;
        }
        directory
                .command((state, now) -> apply(batch, changes, state, now))
                .whenComplete((reply, failure) -> answer(reply, failure));
    }

    /** Null: the stream has ended meanwhile. */
    private ChangeReply apply(ChangeBatch batch, ChangeSet changes, Directory state, long now) {
        if (ended) {
            return null;
        }
        if (!Arrays.equals(batch.getDirectoryId().toByteArray(), directoryId)) {
            return ChangeReply.newBuilder().setAnnounceAgain(true).build();
        }
        if (member != NOBODY && member != changes.member) {
            throw Answers.invalid("member", "differs from that of the stream's first batch");
        }
        changes.now = now;
        Changed changed = state.change(changes);
        ChangeReply.Builder reply = Replies.changed(changed);
        if (!changed.announceAgain()) {
            member = changes.member;
            streams.put(member, this);
            left = batch.getLeaving();
            state.takeOrders(streams::onOrder);
            streams.waiting(member).takeInto(reply, state);
        }
        return reply.build();
    }

    private void answer(ChangeReply reply, Throwable failure) {
        if (ended) {
            return;
        }
        if (failure != null) {
            end();
            observer.onError(Answers.status(failure));
            leaveLater();
            return;
        }
        observer.onNext(reply);
        if (reply.getAnnounceAgain() || left) {
            complete();
            leaveLater();
        } else if (observer.isReady()) {
            observer.request(1);
        } else {
            owesRequest = true;
        }
    }

    private void onReady(Directory state, long now) {
        if (owesRequest && !ended && observer.isReady()) {
            owesRequest = false;
            observer.request(1);
        }
    }

    /** What the member is to do, beside its answers. */
    void sendOrders(Directory state) {
        WaitingOrders orders = streams.waiting(member);
        if (orders.isEmpty() || ended || !observer.isReady()) {
            return;
        }
        ChangeReply.Builder reply = ChangeReply.newBuilder();
        orders.takeInto(reply, state);
        observer.onNext(reply.build());
    }

    /** The member has begun another life, was forgotten, or lost orders: it must join anew. */
    boolean isOver(Directory state) {
        boolean over = !state.isCurrent(member) || streams.waiting(member).hasOverflowed();
        if (over && !ended) {
            observer.onNext(ChangeReply.newBuilder().setAnnounceAgain(true).build());
            complete();
        }
        return over;
    }

    void endForAnother() {
        if (!ended) {
            end();
            observer.onError(
                    Status.ABORTED
                            .withDescription("member: it has opened another stream")
                            .asRuntimeException());
        }
    }

    private void fail(Directory state, long now, RuntimeException reason) {
        if (!ended) {
            end();
            observer.onError(Answers.status(reason));
            leave(state, now);
        }
    }

    private void leaveLater() {
        directory.command((state, now) -> {
            leave(state, now);
            return null;
        });
    }

    private void leave(Directory state, long now) {
        if (member != NOBODY && streams.remove(member, this)) {
            state.leave(new Command.Leave(now, member, left));
        }
    }

    private void onGone(Directory state, long now) {
        end();
        leave(state, now);
    }

    private void complete() {
        end();
        observer.onCompleted();
    }

    private void end() {
        ended = true;
    }

    @Override
    public void onError(Throwable failure) {
        handOver(this::onGone);
    }

    @Override
    public void onCompleted() {
        handOver((state, now) -> {
            if (!ended) {
                complete();
            }
            leave(state, now);
        });
    }
}
