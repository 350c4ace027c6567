// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.moonpool.pool.embedded.DirectoryAccess;
import io.moonpool.pool.embedded.OrderReceiver;
import io.moonpool.pool.state.Directory;
import io.moonpool.pool.state.Order;
import io.moonpool.proto.v1.ChangeBatch;
import io.moonpool.proto.v1.ChangeReply;
import java.util.HashMap;
import java.util.Map;

/**
 * Which member listens on which stream, and orders that wait for it. Everything but {@link #open}
 * is called by the directory's thread.
 */
final class MemberStreams implements OrderReceiver {
    private final Map<Integer, MemberStream> streams = new HashMap<>();
    private final Map<Integer, WaitingOrders> waiting = new HashMap<>();

    StreamObserver<ChangeBatch> open(
            DirectoryAccess directory,
            ServerCallStreamObserver<ChangeReply> observer,
            byte[] directoryId) {
        return new MemberStream(directory, this, observer, directoryId);
    }

    /** A member's newest stream takes the place of an earlier one of the same life. */
    void put(int member, MemberStream stream) {
        MemberStream before = streams.put(member, stream);
        if (before != null && before != stream) {
            before.endForAnother();
        }
    }

    /** False: another stream serves this member by now. */
    boolean remove(int member, MemberStream stream) {
        return streams.remove(member, stream);
    }

    WaitingOrders waiting(int member) {
        return waiting.computeIfAbsent(member, made -> new WaitingOrders());
    }

    @Override
    public void onOrder(Order order) {
        waiting(order.member()).add(order);
    }

    /** Orders go out; streams of lives that are over end. */
    @Override
    public void onTick(Directory directory) {
        waiting.keySet().removeIf(member -> !directory.isCurrent(member));
        streams.values().removeIf(stream -> stream.isOver(directory));
        streams.values().forEach(stream -> stream.sendOrders(directory));
    }
}
