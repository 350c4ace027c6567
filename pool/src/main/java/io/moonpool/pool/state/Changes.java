// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;

/** Takes members' numbered changes: the hot path. Nothing is allocated for an ordinary record. */
final class Changes {
    private static final int BYTE_MASK = 0xFF;
    private static final int WANTED_MIN = 2;
    private static final int NOT_SERVED = -2;

    /** Sweeping keeps up with publishing. */
    private static final int SWEEP_PER_RECORD = 2;

    private final Tables tables;
    private final Inventory inventory;
    private final ObjectTable objects;
    private final Sweep sweep;
    private final Copies copies;
    private final Lives lives;
    private final Drains drains;
    private final Erasure erasure;
    private final Marking marking;
    private final Probe probe = new Probe();
    private final Changed answer = new Changed();
    private final List<ObjectKey> unwelcome = new ArrayList<>();

    Changes(
            Tables tables,
            Sweep sweep,
            Copies copies,
            Lives lives,
            Drains drains,
            Erasure erasure,
            Marking marking) {
        this.tables = tables;
        this.inventory = tables.inventory;
        this.objects = inventory.objects;
        this.sweep = sweep;
        this.copies = copies;
        this.lives = lives;
        this.drains = drains;
        this.erasure = erasure;
        this.marking = marking;
    }

    Changed apply(ChangeSet changes) {
        answer.floors = List.of();
        answer.announceAgain = false;
        answer.appliedSequence = 0;
        answer.removal = 0;
        Member member = tables.members.byHandle(changes.member);
        if (member == null) {
            answer.announceAgain = true;
            return answer;
        }
        check(changes, member);
        changes.layouts.forEach(layout -> addLayout(member, layout));
        lives.heard(member);
        changes.floors.forEach(erasure::raise);
        member.removalDone = Math.max(member.removalDone, changes.removalDone);
        if (changes.firstSequence > member.nextSequence) {
            answer.announceAgain = true;
        } else {
            applyRecords(changes, member);
        }
        conclude(member);
        return answer;
    }

    private void check(ChangeSet changes, Member member) {
        Checks.layouts(changes.layouts);
        Checks.floors(changes.floors);
        Checks.bytes("capacity_bytes", changes.capacityBytes);
        Checks.bytes("free_bytes", changes.freeBytes);
        int layouts = member.layoutCount;
        int unknown = 0;
        for (LayoutSpec spec : changes.layouts) {
            int known = tables.layouts.find(spec.digest());
            unknown += known == Layouts.NONE ? 1 : 0;
            layouts += known == Layouts.NONE || !member.hasLayout(known) ? 1 : 0;
        }
        if (layouts > Member.LAYOUTS_MAX || !tables.layouts.hasRoomFor(unknown)) {
            throw new Refusal(
                    Refusal.Kind.EXHAUSTED,
                    "layouts: a member may have %d, all together %d"
                            .formatted(Member.LAYOUTS_MAX, tables.layouts.max()));
        }
        Checks.records(changes, layouts);
    }

    /** A batch that is sent again names its layouts again. */
    private void addLayout(Member member, LayoutSpec spec) {
        int layout = tables.layouts.ensure(spec, tables.floors);
        if (!member.hasLayout(layout)) {
            member.addLayout(layout);
        }
    }

    private void applyRecords(ChangeSet changes, Member member) {
        // A batch sent again begins with what is known already.
        long known = member.nextSequence - changes.firstSequence;
        boolean lagging = member.removalDone < tables.removals.latest();
        for (int i = (int) Math.min(known, changes.count); i < changes.count; i++) {
            apply(changes.records, changes.offset + i * ChangeRecord.BYTES, member, lagging);
        }
        member.nextSequence = Math.max(member.nextSequence, changes.firstSequence + changes.count);
        member.capacityBytes = changes.capacityBytes;
        member.freeBytes = changes.freeBytes;
        if (changes.announced) {
            lives.announced(member);
        }
        sweep.step(changes.count * SWEEP_PER_RECORD);
    }

    private void apply(DirectBuffer records, int at, Member member, boolean lagging) {
        int number = records.getInt(at + ChangeRecord.LAYOUT, ByteOrder.LITTLE_ENDIAN);
        long epoch = records.getLong(at + ChangeRecord.EPOCH, ByteOrder.LITTLE_ENDIAN);
        boolean publishes = records.getByte(at + ChangeRecord.OP) == ChangeRecord.PUBLISH;
        int scope = scope(member, number, epoch, publishes);
        if (scope < 0) {
            return;
        }
        probe.of(scope, inventory.scopes.salt(scope), records, at + ChangeRecord.HASH);
        if (!publishes) {
            retract(records, at, member);
        } else if (!lagging || isWelcome(member)) {
            publish(records, at, member);
        }
    }

    private int scope(Member member, int number, long epoch, boolean make) {
        int layout = member.layout(number);
        int last = member.lastScope(number);
        if (last >= 0 && inventory.scopes.is(last, layout, epoch)) {
            return last;
        }
        if (epoch < tables.layouts.floor(layout)) {
            return NOT_SERVED;
        }
        int scope =
                make
                        ? inventory.scopes.ensure(
                                layout, tables.layouts.spec(layout).digest(), epoch)
                        : inventory.scopes.find(layout, epoch);
        member.lastScope(number, scope);
        return scope;
    }

    private boolean isWelcome(Member member) {
        LayoutSpec layout = tables.layouts.spec(inventory.scopes.layout(probe.scope));
        if (erasure.isTenantRemoved(member, layout)) {
            inventory.scopes.releaseIfUnused(probe.scope);
            return false;
        }
        ObjectKey key =
                new ObjectKey(layout.digest(), inventory.scopes.epoch(probe.scope), probe.hash());
        if (erasure.isRemoved(member, key)) {
            inventory.scopes.releaseIfUnused(probe.scope);
            unwelcome.add(key);
            return false;
        }
        return true;
    }

    private void publish(DirectBuffer records, int at, Member member) {
        int ordinal = inventory.ensure(probe);
        if (objects.replicas(ordinal) == 0) {
            marking.made(ordinal, probe.print);
        }
        int wanted = records.getByte(at + ChangeRecord.WANTED) & BYTE_MASK;
        if (wanted > objects.wanted(ordinal)) {
            objects.wanted(ordinal, wanted);
        }
        inventory.publish(
                member,
                ordinal,
                records.getByte(at + ChangeRecord.TIER),
                records.getLong(at + ChangeRecord.NUMBER, ByteOrder.LITTLE_ENDIAN));
        if (objects.has(ordinal, ObjectTable.MARKED)) {
            marking.published(ordinal);
        }
        if (objects.wanted(ordinal) >= WANTED_MIN
                || objects.has(ordinal, ObjectTable.MARKED | ObjectTable.COPYING)) {
            copies.arrived(ordinal);
        }
    }

    private void retract(DirectBuffer records, int at, Member member) {
        int ordinal = inventory.find(probe);
        if (ordinal == Inventory.NONE) {
            return;
        }
        boolean removed =
                inventory.retract(
                        member,
                        ordinal,
                        records.getByte(at + ChangeRecord.TIER),
                        records.getLong(at + ChangeRecord.NUMBER, ByteOrder.LITTLE_ENDIAN));
        if (!removed) {
            return;
        }
        if (member.drain != null) {
            drains.retracted(
                    member,
                    inventory.isLocatedBeside(ordinal, member.slot),
                    inventory.objectBytes(ordinal));
        }
        if (objects.replicas(ordinal) == 0) {
            copies.forget(ordinal);
            inventory.release(ordinal);
        } else {
            copies.check(ordinal);
        }
    }

    private void conclude(Member member) {
        if (!unwelcome.isEmpty()) {
            tables.outbox.order(new Order.Drop(member.handle, unwelcome, tables.removals.latest()));
            unwelcome.clear();
        }
        marking.flush(member);
        copies.give();
        answer.appliedSequence = member.nextSequence - 1;
        answer.floors = tables.floors.since(member.floorsTold);
        member.floorsTold = tables.floors.version();
        // Before its inventory is complete, it has not been told of all that it must drop.
        answer.removal = member.announced ? tables.removals.latest() : member.removalDone;
    }
}
