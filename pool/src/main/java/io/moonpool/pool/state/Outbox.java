// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What commands leave for their host to send or to write: taken before any snapshot. */
final class Outbox {
    private final List<Order> orders = new ArrayList<>();
    private final List<Fact> facts = new ArrayList<>();
    private long ordersGiven;

    void order(Order order) {
        orders.add(order);
        ordersGiven++;
    }

    long ordersGiven() {
        return ordersGiven;
    }

    void fact(Fact fact) {
        facts.add(fact);
    }

    void takeOrders(Consumer<Order> receiver) {
        take(orders, receiver);
    }

    void takeFacts(Consumer<Fact> receiver) {
        take(facts, receiver);
    }

    private static <T> void take(List<T> from, Consumer<T> receiver) {
        if (!from.isEmpty()) {
            from.forEach(receiver);
            from.clear();
        }
    }

    void write(SnapshotWriter out) {
        out.putLong(ordersGiven);
    }

    void read(SnapshotReader in) {
        ordersGiven = in.getLong();
    }
}
