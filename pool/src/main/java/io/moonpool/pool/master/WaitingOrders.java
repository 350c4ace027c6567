// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master;

import io.moonpool.pool.state.Directory;
import io.moonpool.pool.state.Order;
import io.moonpool.proto.v1.ChangeReply;
import java.util.ArrayDeque;
import java.util.Queue;

/** Orders for one member, in order and bounded. */
final class WaitingOrders {
    private static final int ORDERS_MAX = 4_096;
    private static final int PER_REPLY_MAX = 64;

    private final Queue<Order> orders = new ArrayDeque<>();
    private boolean overflowed;

    void add(Order order) {
        if (orders.size() < ORDERS_MAX) {
            orders.add(order);
        } else {
            overflowed = true;
        }
    }

    boolean isEmpty() {
        return orders.isEmpty();
    }

    /** Orders were lost: only a member that announces again is told everything. */
    boolean hasOverflowed() {
        return overflowed;
    }

    void takeInto(ChangeReply.Builder reply, Directory directory) {
        for (int i = 0; i < PER_REPLY_MAX && !orders.isEmpty(); i++) {
            OrderWriter.write(orders.remove(), directory, reply);
        }
    }
}
