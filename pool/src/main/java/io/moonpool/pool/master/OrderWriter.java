// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.moonpool.pool.state.Digest;
import io.moonpool.pool.state.Directory;
import io.moonpool.pool.state.ObjectKey;
import io.moonpool.proto.v1.ChangeReply;
import io.moonpool.proto.v1.Order;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.agrona.concurrent.UnsafeBuffer;

/** Orders as members read them: one for each layout that their objects have. */
final class OrderWriter {
    private static final int RECORD_BYTES = Long.BYTES + Digest.BYTES;

    private OrderWriter() {}

    static void write(
            io.moonpool.pool.state.Order order, Directory directory, ChangeReply.Builder reply) {
        switch (order) {
            case io.moonpool.pool.state.Order.Evacuate evacuate ->
                    reply.addOrders(
                            Order.newBuilder()
                                    .setEvacuate(
                                            Order.Evacuate.newBuilder()
                                                    .setCancelled(evacuate.cancelled())
                                                    .addAllTargets(evacuate.targets())));
            case io.moonpool.pool.state.Order.Copy copy -> writeCopy(copy, directory, reply);
            case io.moonpool.pool.state.Order.Drop drop ->
                    byLayout(
                            drop.keys(),
                            (layout, records) ->
                                    reply.addOrders(
                                            Order.newBuilder()
                                                    .setDrop(
                                                            Order.Drop.newBuilder()
                                                                    .setLayout(layout)
                                                                    .setRecords(records)
                                                                    .setRemoval(drop.removal()))));
            case io.moonpool.pool.state.Order.DropAll all ->
                    reply.addOrders(
                            Order.newBuilder()
                                    .setDrop(
                                            Order.Drop.newBuilder()
                                                    .setTenant(all.tenant())
                                                    .setRemoval(all.removal())));
            case io.moonpool.pool.state.Order.Pin pin -> writePin(pin, reply);
            case io.moonpool.pool.state.Order.Check check ->
                    byLayout(
                            check.keys(),
                            (layout, records) ->
                                    reply.addOrders(
                                            Order.newBuilder()
                                                    .setCheck(
                                                            Order.Check.newBuilder()
                                                                    .setLayout(layout)
                                                                    .setRecords(records))));
        }
    }

    private static void writeCopy(
            io.moonpool.pool.state.Order.Copy copy,
            Directory directory,
            ChangeReply.Builder reply) {
        Order.Copy.Builder written = Order.Copy.newBuilder().addAllTargets(copy.targets());
        copy.targets().forEach(target -> written.addPlaces(Replies.place(target, directory)));
        byLayout(
                copy.keys(),
                (layout, records) ->
                        reply.addOrders(
                                Order.newBuilder()
                                        .setCopy(
                                                written.setLayout(layout)
                                                        .setRecords(records)
                                                        .build())));
    }

    private static void writePin(io.moonpool.pool.state.Order.Pin pin, ChangeReply.Builder reply) {
        byLayout(
                pin.keys(),
                (layout, records) ->
                        reply.addOrders(
                                Order.newBuilder()
                                        .setPin(
                                                Order.Pin.newBuilder()
                                                        .setLayout(layout)
                                                        .setRecords(records)
                                                        .setSoftUntilMs(pin.softUntil())
                                                        .setHardUntilMs(pin.hardUntil()))));
    }

    private static void byLayout(
            List<ObjectKey> keys, BiConsumer<ByteString, ByteString> receiver) {
        Map<Digest, List<ObjectKey>> layouts = new LinkedHashMap<>();
        keys.forEach(
                key -> layouts.computeIfAbsent(key.layout(), layout -> new ArrayList<>()).add(key));
        layouts.forEach((layout, some) ->
                receiver.accept(ByteString.copyFrom(layout.bytes()), records(some)));
    }

    private static ByteString records(List<ObjectKey> keys) {
        byte[] bytes = new byte[keys.size() * RECORD_BYTES];
        UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        int at = 0;
        for (ObjectKey key : keys) {
            buffer.putLong(at, key.epoch(), ByteOrder.LITTLE_ENDIAN);
            key.hash().copyTo(buffer, at + Long.BYTES);
            at += RECORD_BYTES;
        }
        return UnsafeByteOperations.unsafeWrap(bytes);
    }
}
