// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.agrona.collections.IntArrayQueue;

/**
 * Orders to copy objects that have fewer replicas than are wanted, or are asked for very often. Few
 * are under way at a time; one without effect is given again after a while.
 */
final class Copies {
    /** A hot object with so many located members gets no more of them. */
    private static final int HOT_HOLDERS_MAX = 8;

    private static final int CANDIDATES = 16;

    /** What one turn looks at: each costs a look at all members. */
    private static final int TURN_MAX = 512;

    private static final int WANTED_MIN = 2;
    private static final long NEVER_SETTLED = -1;

    private final Tables tables;
    private final Inventory inventory;
    private final ObjectTable objects;
    private final Placement placement;
    private final IntArrayQueue needy = new IntArrayQueue(-1);

    /** Ordinal to deadline, in the order of the deadlines. */
    private final Map<Integer, Long> underWay = new LinkedHashMap<>();

    private final Map<Route, List<ObjectKey>> routes = new LinkedHashMap<>();
    private boolean overflowed;
    private long settledAt = NEVER_SETTLED;

    private record Route(int source, int target) {}

    Copies(Tables tables, Placement placement) {
        this.tables = tables;
        this.inventory = tables.inventory;
        this.objects = inventory.objects;
        this.placement = placement;
    }

    /** The first member is here; the others are on their way. */
    void joined() {
        if (settledAt == NEVER_SETTLED) {
            settledAt = tables.now + tables.config.settleMs();
        }
    }

    void check(int ordinal) {
        if (objects.has(ordinal, ObjectTable.NEEDY) || objects.has(ordinal, ObjectTable.COPYING)) {
            return;
        }
        if (isNeedy(ordinal)) {
            enqueue(ordinal);
        }
    }

    private boolean isNeedy(int ordinal) {
        int wanted = wanted(ordinal);
        return wanted >= WANTED_MIN && inventory.held(ordinal) < wanted;
    }

    private int wanted(int ordinal) {
        int wanted = objects.wanted(ordinal);
        return objects.has(ordinal, ObjectTable.MARKED)
                ? Math.max(wanted, tables.marks.get(inventory.key(ordinal)).wanted())
                : wanted;
    }

    private void enqueue(int ordinal) {
        if (needy.size() >= tables.config.copiesMax()) {
            overflowed = true;
        } else {
            objects.set(ordinal, ObjectTable.NEEDY, true);
            needy.addInt(ordinal);
        }
    }

    /** A replica of it was published. */
    void arrived(int ordinal) {
        forget(ordinal);
        check(ordinal);
    }

    void forget(int ordinal) {
        if (objects.has(ordinal, ObjectTable.COPYING)) {
            objects.set(ordinal, ObjectTable.COPYING, false);
            underWay.remove(ordinal);
        }
    }

    /** True: objects were passed over, and a sweep has to find them again. */
    boolean turn() {
        repeatExpired();
        if (settledAt == NEVER_SETTLED || tables.now < settledAt) {
            return false;
        }
        for (int i = Math.min(TURN_MAX, needy.size()); i > 0 && hasRoom(); i--) {
            int ordinal = needy.pollInt();
            if (objects.isUsed(ordinal) && objects.has(ordinal, ObjectTable.NEEDY)) {
                objects.set(ordinal, ObjectTable.NEEDY, false);
                if (isNeedy(ordinal)) {
                    route(ordinal);
                }
            }
        }
        give();
        boolean missed = overflowed && needy.isEmpty();
        overflowed &= !missed;
        return missed;
    }

    private boolean hasRoom() {
        return underWay.size() < tables.config.copiesMax();
    }

    private void repeatExpired() {
        Iterator<Map.Entry<Integer, Long>> eldest = underWay.entrySet().iterator();
        while (eldest.hasNext()) {
            Map.Entry<Integer, Long> entry = eldest.next();
            if (entry.getValue() > tables.now) {
                return;
            }
            eldest.remove();
            objects.set(entry.getKey(), ObjectTable.COPYING, false);
            check(entry.getKey());
        }
    }

    void hot(ObjectKey key) {
        int ordinal = tables.find(key);
        if (ordinal != Inventory.NONE
                && hasRoom()
                && !objects.has(ordinal, ObjectTable.COPYING)
                && inventory.held(ordinal) < HOT_HOLDERS_MAX) {
            route(ordinal);
        }
    }

    /** Orders of one source to one target go together. */
    void give() {
        routes.forEach((route, keys) ->
                tables.outbox.order(new Order.Copy(route.source, keys, List.of(route.target))));
        routes.clear();
    }

    private void route(int ordinal) {
        int source = inventory.source(ordinal);
        int target = source == Handle.NONE ? Handle.NONE : target(ordinal);
        if (target != Handle.NONE) {
            objects.set(ordinal, ObjectTable.COPYING, true);
            underWay.put(ordinal, tables.now + tables.config.copyMs());
            routes.computeIfAbsent(new Route(source, target), route -> new ArrayList<>())
                    .add(inventory.key(ordinal));
        }
    }

    private int target(int ordinal) {
        LayoutSpec layout = inventory.layout(ordinal);
        if (tables.isOverQuota(layout.tenant())) {
            return Handle.NONE;
        }
        long seed = Probe.fold(objects.spread(ordinal), tables.now | 1);
        for (int handle : placement.choose(layout.objectBytes(), 1, seed, CANDIDATES)) {
            if (!inventory.isHeldBy(ordinal, Handle.slot(handle))) {
                return handle;
            }
        }
        return Handle.NONE;
    }

    void write(SnapshotWriter out) {
        out.putBoolean(overflowed);
        out.putLong(settledAt);
        out.putInt(needy.size());
        needy.forEachInt(out::putInt);
        out.putInt(underWay.size());
        underWay.forEach((ordinal, deadline) -> {
            out.putInt(ordinal);
            out.putLong(deadline);
        });
    }

    void read(SnapshotReader in) {
        overflowed = in.getBoolean();
        settledAt = in.getLong();
        int waiting = in.getCount(tables.config.copiesMax(), "waiting copies");
        for (int i = 0; i < waiting; i++) {
            needy.addInt(in.getInt());
        }
        int running = in.getCount(tables.config.copiesMax(), "copies under way");
        for (int i = 0; i < running; i++) {
            underWay.put(in.getInt(), in.getLong());
        }
    }
}
