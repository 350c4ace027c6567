// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Pins and wanted replicas of single objects, and who has to know of them. */
final class Marking {
    private static final long ENDED_CHECK_MS = 60_000;

    private final Tables tables;
    private final Copies copies;
    private final ObjectTable objects;

    /** Pinned objects that a member has just published, by their ends. */
    private final Map<Marks.Mark, List<ObjectKey>> arrived = new LinkedHashMap<>();

    private long checkedAt;

    Marking(Tables tables, Copies copies) {
        this.tables = tables;
        this.copies = copies;
        this.objects = tables.inventory.objects;
    }

    void mark(Command.Mark command) {
        Checks.keys(command.keys());
        Checks.wanted(command.wanted());
        if (!tables.marks.hasRoomFor(command.keys().size())) {
            throw new Refusal(
                    Refusal.Kind.EXHAUSTED,
                    "pins: at most %d objects may have pins or wanted replicas"
                            .formatted(tables.marks.max()));
        }
        command.keys().forEach(key -> mark(key, command));
        copies.give();
    }

    private void mark(ObjectKey key, Command.Mark command) {
        Marks.Mark before = tables.marks.get(key);
        Marks.Mark mark =
                new Marks.Mark(
                        command.wanted() < 0 ? before.wanted() : command.wanted(),
                        command.softUntil() < 0 ? before.softUntil() : command.softUntil(),
                        command.hardUntil() < 0 ? before.hardUntil() : command.hardUntil());
        if (mark.equals(before)) {
            return;
        }
        tables.marks.put(key, mark, tables.now);
        tables.outbox.fact(new Fact.Marked(key, mark.wanted(), mark.softUntil(), mark.hardUntil()));
        int ordinal = tables.find(key);
        if (ordinal != Inventory.NONE) {
            objects.set(ordinal, ObjectTable.MARKED, true);
            if (mark.softUntil() != before.softUntil() || mark.hardUntil() != before.hardUntil()) {
                tellHolders(ordinal, key, mark);
            }
            copies.check(ordinal);
        }
    }

    private void tellHolders(int ordinal, ObjectKey key, Marks.Mark mark) {
        for (int place = objects.firstPlace(ordinal);
                place != ObjectTable.NO_PLACE;
                place = objects.nextPlace(ordinal, place)) {
            int handle = objects.handle(ordinal, place);
            if (!tables.members.isStale(handle)) {
                tables.outbox.order(
                        new Order.Pin(handle, List.of(key), mark.softUntil(), mark.hardUntil()));
            }
        }
    }

    void recall(Fact.Marked fact) {
        tables.marks.put(
                fact.key(),
                new Marks.Mark(fact.wanted(), fact.softUntil(), fact.hardUntil()),
                tables.now);
    }

    /** An object has its first replica. */
    void made(int ordinal, long print) {
        if (tables.marks.mayHave(print)
                && tables.marks.get(tables.inventory.key(ordinal)) != Marks.NONE) {
            objects.set(ordinal, ObjectTable.MARKED, true);
        }
    }

    /** A marked object has one more replica, whose owner does not know of the pins. */
    void published(int ordinal) {
        ObjectKey key = tables.inventory.key(ordinal);
        Marks.Mark mark = tables.marks.get(key);
        if (mark.isPinned(tables.now)) {
            arrived.computeIfAbsent(
                            new Marks.Mark(0, mark.softUntil(), mark.hardUntil()),
                            ends -> new ArrayList<>())
                    .add(key);
        } else if (mark == Marks.NONE) {
            objects.set(ordinal, ObjectTable.MARKED, false);
        }
    }

    void flush(Member member) {
        if (!arrived.isEmpty()) {
            arrived.forEach((mark, keys) ->
                    tables.outbox.order(
                            new Order.Pin(
                                    member.handle, keys, mark.softUntil(), mark.hardUntil())));
            arrived.clear();
        }
    }

    void tick() {
        if (tables.now - checkedAt >= ENDED_CHECK_MS) {
            checkedAt = tables.now;
            tables.marks.removeEnded(tables.now);
        }
    }

    void facts(Consumer<Fact> receiver) {
        tables.marks.forEach((key, mark) ->
                receiver.accept(
                        new Fact.Marked(key, mark.wanted(), mark.softUntil(), mark.hardUntil())));
    }

    void write(SnapshotWriter out) {
        out.putLong(checkedAt);
    }

    void read(SnapshotReader in) {
        checkedAt = in.getLong();
    }
}
