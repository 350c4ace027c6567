// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master;

import com.google.protobuf.ByteString;
import com.linecorp.armeria.client.ClientFactory;
import io.grpc.stub.StreamObserver;
import io.moonpool.pool.state.ChangeRecord;
import io.moonpool.pool.state.Digest;
import io.moonpool.proto.v1.ChangeBatch;
import io.moonpool.proto.v1.ChangeReply;
import io.moonpool.proto.v1.DirectoryGrpc;
import io.moonpool.proto.v1.JoinReply;
import io.moonpool.proto.v1.JoinRequest;
import io.moonpool.proto.v1.Layout;
import io.moonpool.proto.v1.LocateReply;
import io.moonpool.proto.v1.LocateRequest;
import io.moonpool.proto.v1.MemberInfo;
import io.moonpool.proto.v1.Order;
import io.moonpool.proto.v1.ProtocolVersion;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;

/** A member as the directory's service sees it: a gRPC client of its own connection. */
final class FakeMember implements AutoCloseable {
    static final ByteString LAYOUT = digest(1);
    static final long EPOCH = 1;
    static final long CAPACITY = 1 << 30;

    private static final long WAIT_S = 20;

    final int number;
    final ClientFactory factory = ClientFactory.builder().workerGroup(1).build();
    final BlockingQueue<ChangeReply> replies = new LinkedBlockingQueue<>();
    final BlockingQueue<String> ends = new LinkedBlockingQueue<>();
    final List<Order> orders = new ArrayList<>();
    private final Served served;
    private StreamObserver<ChangeBatch> stream;
    JoinReply joined;
    long sequence;
    long removalDone;
    private boolean layoutSent;

    FakeMember(Served served, int number) {
        this.served = served;
        this.number = number;
    }

    static ByteString digest(long number) {
        return ByteString.copyFrom(new Digest(number, 2, 3, 4).bytes());
    }

    static ByteString hashes(int from, int count) {
        byte[] bytes = new byte[count * Digest.BYTES];
        UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        for (int i = 0; i < count; i++) {
            hash(from + i).copyTo(buffer, i * Digest.BYTES);
        }
        return ByteString.copyFrom(bytes);
    }

    private static Digest hash(int number) {
        return new Digest(number * 0x9E3779B97F4A7C15L, number, ~number, 5);
    }

    MemberInfo info(long boot) {
        return MemberInfo.newBuilder()
                .setId(ByteString.fromHex("%032x".formatted(number)))
                .setName("host-" + number)
                .setPeerEndpoint("10.0.0." + number + ":7171")
                .addTransferEndpoints("10.0.0." + number + ":7172")
                .setProtocol("tcp")
                .setCapacityBytes(CAPACITY)
                .setFreeBytes(CAPACITY)
                .setBoot(boot)
                .build();
    }

    FakeMember join(long boot) {
        joined =
                served.stub(DirectoryGrpc.DirectoryBlockingStub.class, factory)
                        .join(
                                JoinRequest.newBuilder()
                                        .setProtocol(ProtocolVersion.newBuilder().setMajor(1))
                                        .setMember(info(boot))
                                        .setRemovalDone(removalDone)
                                        .build());
        sequence = 1;
        layoutSent = false;
        return this;
    }

    FakeMember openStream() {
        replies.clear();
        ends.clear();
        stream =
                served.stub(DirectoryGrpc.DirectoryStub.class, factory)
                        .changes(
                                new StreamObserver<>() {
                                    @Override
                                    public void onNext(ChangeReply reply) {
                                        replies.add(reply);
                                    }

                                    @Override
                                    public void onError(Throwable failure) {
                                        ends.add(failure.toString());
                                    }

                                    @Override
                                    public void onCompleted() {
                                        ends.add("completed");
                                    }
                                });
        return this;
    }

    ChangeBatch.Builder batch() {
        return ChangeBatch.newBuilder()
                .setMember(joined.getMember())
                .setDirectoryId(joined.getDirectoryId())
                .setFirstSequence(sequence)
                .setCapacityBytes(CAPACITY)
                .setFreeBytes(CAPACITY)
                .setRemovalDone(removalDone);
    }

    FakeMember send(ChangeBatch batch) {
        stream.onNext(batch);
        return this;
    }

    FakeMember publish(int from, int count) {
        return change(ChangeRecord.PUBLISH, from, count, false);
    }

    FakeMember retract(int from, int count) {
        return change(ChangeRecord.RETRACT, from, count, false);
    }

    /** Its whole inventory. */
    FakeMember announce(int from, int count) {
        return change(ChangeRecord.PUBLISH, from, count, true);
    }

    private FakeMember change(int op, int from, int count, boolean announced) {
        ChangeBatch.Builder batch = batch().setRecords(records(op, from, count));
        if (!layoutSent) {
            batch.addLayouts(layout());
            layoutSent = true;
        }
        sequence += count;
        return send(batch.setAnnounced(announced).build());
    }

    static Layout layout() {
        return Layout.newBuilder()
                .setDigest(LAYOUT)
                .setTenant("default")
                .setLabel("model")
                .setObjectBytes(4_096)
                .setNamespaceDigest(digest(9))
                .build();
    }

    private static ByteString records(int op, int from, int count) {
        byte[] bytes = new byte[count * ChangeRecord.BYTES];
        UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        for (int i = 0; i < count; i++) {
            int at = i * ChangeRecord.BYTES;
            buffer.putByte(at + ChangeRecord.OP, (byte) op);
            buffer.putByte(at + ChangeRecord.TIER, (byte) 1);
            buffer.putLong(at + ChangeRecord.EPOCH, EPOCH, ByteOrder.LITTLE_ENDIAN);
            buffer.putLong(at + ChangeRecord.NUMBER, from + i, ByteOrder.LITTLE_ENDIAN);
            hash(from + i).copyTo(buffer, at + ChangeRecord.HASH);
        }
        return ByteString.copyFrom(bytes);
    }

    /** The next answer that is not only orders; orders are kept. */
    ChangeReply reply() throws InterruptedException {
        for (; ; ) {
            ChangeReply reply = replies.poll(WAIT_S, TimeUnit.SECONDS);
            if (reply == null) {
                throw new AssertionError("no reply; the stream's end: " + ends);
            }
            orders.addAll(reply.getOrdersList());
            if (reply.getAppliedSequence() > 0 || reply.getAnnounceAgain()) {
                return reply;
            }
        }
    }

    /** Everything up to the last record that was sent. */
    FakeMember settle() throws InterruptedException {
        while (reply().getAppliedSequence() < sequence - 1) {}
        return this;
    }

    /** Heartbeats until an order has come. */
    Order order() throws InterruptedException {
        while (orders.isEmpty()) {
            send(batch().build());
            reply();
        }
        return orders.removeFirst();
    }

    String end() throws InterruptedException {
        String end = ends.poll(WAIT_S, TimeUnit.SECONDS);
        if (end == null) {
            throw new AssertionError("the stream goes on");
        }
        return end;
    }

    FakeMember complete() {
        stream.onCompleted();
        return this;
    }

    LocateReply locate(int from, int count, int asking) {
        return served.stub(DirectoryGrpc.DirectoryBlockingStub.class, factory)
                .locate(
                        LocateRequest.newBuilder()
                                .setLayout(LAYOUT)
                                .setEpoch(EPOCH)
                                .setHashes(hashes(from, count))
                                .setAsking(asking)
                                .build());
    }

    /** How many of these somebody has. */
    int found(int from, int count) {
        ByteString places = locate(from, count, 0).getPlaces();
        int stride = places.size() / count;
        int found = 0;
        for (int i = 0; i < count; i++) {
            String place =
                    HexFormat.of().formatHex(places.toByteArray(), i * stride, i * stride + 2);
            found += place.equals("ffff") ? 0 : 1;
        }
        return found;
    }

    /** The connection breaks. */
    @Override
    public void close() {
        factory.closeAsync();
    }
}
