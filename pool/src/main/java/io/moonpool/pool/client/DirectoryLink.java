// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.client;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.moonpool.proto.v1.ChangeBatch;
import io.moonpool.proto.v1.ChangeReply;
import io.moonpool.proto.v1.JoinReply;
import io.moonpool.proto.v1.JoinRequest;
import io.moonpool.proto.v1.LocateReply;
import io.moonpool.proto.v1.LocateRequest;
import io.moonpool.proto.v1.PlaceReply;
import io.moonpool.proto.v1.PlaceRequest;
import io.moonpool.proto.v1.ProtocolVersion;
import io.moonpool.proto.v1.ReportRequest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps a member in a directory: joins, announces all it has, streams its changes, and does it all
 * again whenever the directory went away, forgot it or missed something. One thread; questions come
 * from any.
 */
public final class DirectoryLink implements AutoCloseable {

    private static final int RECORDS_MAX = 1024;

    /**
     * Batches under way: enough to keep the directory busy, few enough to notice that it is not.
     */
    private static final int WINDOW = 16;

    private static final long BACKOFF_NANOS_MIN = 50_000_000L;
    private static final long BACKOFF_NANOS_MAX = 1_000_000_000L;
    private static final Duration JOINED_POLL = Duration.ofMillis(5);
    private static final long POLL_NANOS = 5_000_000L;
    private static final long SILENCE_NANOS = 5_000_000_000L;
    private static final long LEAVE_NANOS = 2_000_000_000L;
    private static final long CLOSE_MILLIS = 3_000;

    private final List<String> addresses;
    private final LinkedMember member;
    private final Thread thread;
    private final ByteBuffer records =
            ByteBuffer.allocate(RECORDS_MAX * ChangeLog.RECORD_BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN);

    /** What questions go to; null while the member is in no directory. */
    private volatile Joined joined;

    private volatile boolean closed;

    private record Joined(DirectoryChannel channel, JoinReply reply) {}

    /** {@code addresses}: host:port of directories, tried in turn. */
    public DirectoryLink(List<String> addresses, LinkedMember member) {
        this.addresses = List.copyOf(addresses);
        this.member = member;
        this.thread = Thread.ofPlatform().name("pool-directory").daemon().unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        long backoff = BACKOFF_NANOS_MIN;
        for (int turn = 0; !closed; turn++) {
            String address = addresses.get(turn % addresses.size());
            long began = System.nanoTime();
            try (DirectoryChannel channel = new DirectoryChannel(address)) {
                stay(channel);
            } catch (StatusRuntimeException e) {
                member.warn(
                        "master_server_address: no directory answers at %s (%s); going on without it"
                                .formatted(address, e.getMessage()));
            } catch (RuntimeException e) {
                // A stream that ends while it is written to throws what it likes; whatever it was,
                // a member without a link would be lost to the pool.
                member.warn(
                        "master_server_address: the link to %s broke (%s); joining anew"
                                .formatted(address, e));
            } finally {
                joined = null;
                member.linked(-1);
            }
            boolean stayed = System.nanoTime() - began > BACKOFF_NANOS_MAX;
            backoff = stayed ? BACKOFF_NANOS_MIN : Math.min(backoff * 2, BACKOFF_NANOS_MAX);
            pause(backoff);
        }
    }

    private void pause(long nanos) {
        long until = System.nanoTime() + nanos;
        while (!closed && until - System.nanoTime() > 0) {
            LockSupport.parkNanos(this, until - System.nanoTime());
        }
    }

    /** Returns when everything has to begin anew. */
    private void stay(DirectoryChannel channel) {
        JoinReply reply =
                channel.calls.join(
                        JoinRequest.newBuilder()
                                .setProtocol(ProtocolVersion.newBuilder().setMajor(1))
                                .setMember(member.info())
                                .addAllFloors(member.floors())
                                .setRemovalDone(member.removalDone())
                                .build());
        reply.getWarningsList().forEach(member::warn);
        member.raise(reply.getFloorsList());
        discardChanges();
        member.announce();
        joined = new Joined(channel, reply);
        member.linked(reply.getMember());
        ChangeStream stream = new ChangeStream();
        stream.open(channel);
        try {
            new Conversation(reply, stream).run();
        } finally {
            stream.close();
        }
    }

    /** They are part of what is announced. */
    private void discardChanges() {
        int count;
        do {
            records.clear();
            count = member.changes().drainTo(records, RECORDS_MAX);
        } while (count > 0);
        member.changes().takeOverflow();
    }

    /** One life of the member in one life of the directory. */
    private final class Conversation {
        private final JoinReply reply;
        private final ChangeStream stream;
        private final Map<Integer, Integer> layoutNumbers = new HashMap<>();
        private long sequence = 1;
        private long lastSent = System.nanoTime();
        private long lastHeard = System.nanoTime();
        private boolean announcementTold;
        private long removalTold = member.removalDone();

        /** What the next batch says: everything before it has been drained since it was done. */
        private long removalDone = member.removalDone();

        Conversation(JoinReply reply, ChangeStream stream) {
            this.reply = reply;
            this.stream = stream;
        }

        void run() {
            boolean going = true;
            while (going && !closed && stream.ended() == null) {
                going = takeReplies() && !member.changes().takeOverflow();
                if (going && !sendSomething()) {
                    member.changes().await(POLL_NANOS);
                }
                if (System.nanoTime() - lastHeard > SILENCE_NANOS) {
                    member.warn("master_server_address: the directory is silent; joining anew");
                    going = false;
                }
            }
            if (closed && stream.ended() == null && member.leaves()) {
                leave();
            }
            if (stream.ended() != null && !closed) {
                member.warn("master_server_address: the directory went away: " + stream.ended());
            }
        }

        /** The directory ends the stream when it has read so. */
        private void leave() {
            stream.send(batch(0).setLeaving(true).build());
            long end = System.nanoTime() + LEAVE_NANOS;
            while (stream.ended() == null && System.nanoTime() - end < 0) {
                LockSupport.parkNanos(this, POLL_NANOS);
            }
        }

        private boolean takeReplies() {
            for (ChangeReply one = stream.poll(); one != null; one = stream.poll()) {
                lastHeard = System.nanoTime();
                member.raise(one.getFloorsList());
                one.getOrdersList().forEach(member::carryOut);
                if (one.getRemoval() > removalTold) {
                    removalTold = one.getRemoval();
                    member.removalTold(removalTold);
                }
                if (one.getAnnounceAgain()) {
                    return false;
                }
            }
            if (stream.unanswered() == 0) {
                lastHeard = System.nanoTime();
            }
            return true;
        }

        private boolean sendSomething() {
            if (stream.unanswered() >= WINDOW) {
                return false;
            }
            // Before the log is drained: what is announced then is in it.
            boolean announced = member.isAnnounced();
            long removal = member.removalDone();
            records.clear();
            int count = member.changes().drainTo(records, RECORDS_MAX);
            boolean complete = announced && count < RECORDS_MAX && !announcementTold;
            long beat = TimeUnit.MILLISECONDS.toNanos(Math.max(1, reply.getHeartbeatMs()));
            if (count == 0 && !complete && System.nanoTime() - lastSent < beat) {
                return false;
            }
            send(count, complete);
            if (count < RECORDS_MAX) {
                removalDone = removal;
            }
            return true;
        }

        private void send(int count, boolean complete) {
            stream.send(batch(count).setAnnounced(complete).build());
            sequence += count;
            lastSent = System.nanoTime();
            announcementTold |= complete;
        }

        private ChangeBatch.Builder batch(int count) {
            ChangeBatch.Builder batch =
                    ChangeBatch.newBuilder()
                            .setMember(reply.getMember())
                            .setDirectoryId(reply.getDirectoryId())
                            .setFirstSequence(sequence)
                            .setFreeBytes(member.info().getFreeBytes())
                            .setCapacityBytes(member.info().getCapacityBytes())
                            .addAllFloors(member.takeRaised())
                            .setRemovalDone(removalDone);
            number(count, batch);
            return batch.setRecords(
                    ByteString.copyFrom(records.array(), 0, count * ChangeLog.RECORD_BYTES));
        }

        /** The member's ordinals become numbers of this conversation, told with their first use. */
        private void number(int count, ChangeBatch.Builder batch) {
            for (int i = 0; i < count; i++) {
                int at = i * ChangeLog.RECORD_BYTES + ChangeLog.LAYOUT_AT;
                int ordinal = records.getInt(at);
                Integer number = layoutNumbers.get(ordinal);
                if (number == null) {
                    number = layoutNumbers.size();
                    layoutNumbers.put(ordinal, number);
                    batch.addLayouts(member.layout(ordinal));
                }
                records.putInt(at, number);
            }
        }
    }

    /** False when no directory took the member in for so long. */
    public boolean awaitJoined(Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        while (joined == null && System.nanoTime() - end < 0) {
            Thread.sleep(JOINED_POLL);
        }
        return joined != null;
    }

    /** Who has these, or null when nobody could say so in time. */
    public LocateReply locate(LocateRequest.Builder request, long timeoutNanos) {
        Joined now = joined;
        if (now == null) {
            return null;
        }
        request.setAsking(now.reply.getMember());
        return await(now.channel.questions.locate(request.build()), timeoutNanos);
    }

    /** Where copies may go, or null. */
    public PlaceReply place(PlaceRequest.Builder request, long timeoutNanos) {
        Joined now = joined;
        if (now == null) {
            return null;
        }
        request.setAsking(now.reply.getMember());
        return await(now.channel.questions.place(request.build()), timeoutNanos);
    }

    /** Tells what a reader has noticed; nobody waits for it. */
    public void report(ReportRequest.Builder request) {
        Joined now = joined;
        if (now != null) {
            now.channel.questions.report(request.setAsking(now.reply.getMember()).build());
        }
    }

    private static <T> T await(ListenableFuture<T> answer, long timeoutNanos) {
        try {
            return answer.get(timeoutNanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            answer.cancel(true);
            return null;
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            return null;
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
