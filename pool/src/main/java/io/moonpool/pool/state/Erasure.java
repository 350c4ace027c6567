// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/** Objects that nobody may have any more: removed, or below a floor. */
final class Erasure {
    private final Tables tables;
    private final Inventory inventory;
    private final Sweep sweep;
    private final Copies copies;

    Erasure(Tables tables, Sweep sweep, Copies copies) {
        this.tables = tables;
        this.inventory = tables.inventory;
        this.sweep = sweep;
        this.copies = copies;
    }

    /** Lower floors than the present ones say nothing. */
    void raise(Floor floor) {
        if (!tables.floors.isNews(floor)) {
            return;
        }
        tables.floors.raise(floor);
        tables.layouts.raise(floor);
        tables.outbox.fact(new Fact.FloorRaised(floor));
        retire(scope -> isBelow(scope, floor));
    }

    private boolean isBelow(int scope, Floor floor) {
        LayoutSpec spec = tables.layouts.spec(inventory.scopes.layout(scope));
        return inventory.scopes.epoch(scope) < floor.epoch()
                && spec.tenant().equals(floor.tenant())
                && spec.namespace().equals(floor.namespace());
    }

    /** Invisible at once, reclaimed in steps. */
    private long retire(IntPredicate which) {
        Scopes scopes = inventory.scopes;
        long objects = 0;
        for (int scope = 0; scope < scopes.high(); scope++) {
            if (scopes.isLive(scope) && which.test(scope)) {
                objects += scopes.records(scope);
                scopes.retire(scope);
            }
        }
        if (objects > 0) {
            sweep.start();
        }
        return objects;
    }

    Removed removeAll(Command.RemoveAll command) {
        Checks.tenant(command.tenant());
        String tenant = command.tenant();
        boolean everyone = tenant.equals(Removals.EVERYONE);
        tables.removals.refuseIfFull(tenant);
        long removal = tables.removals.next(tables.now);
        tables.removals.removeAll(tenant, removal);
        tables.outbox.fact(new Fact.AllRemoved(tenant, removal));
        long objects = retire(scope -> everyone || tenantOf(scope).equals(tenant));
        tables.members.forEach(member -> {
            if (!member.gone) {
                tables.outbox.order(new Order.DropAll(member.handle, tenant, removal));
            }
        });
        return new Removed(objects, 0, removal);
    }

    private String tenantOf(int scope) {
        return tables.layouts.spec(inventory.scopes.layout(scope)).tenant();
    }

    Removed remove(Command.Remove command) {
        Checks.keys(command.keys());
        long removal = tables.removals.next(tables.now);
        Map<Integer, List<ObjectKey>> drops = new LinkedHashMap<>();
        long objects = 0;
        long pinned = 0;
        for (ObjectKey key : command.keys()) {
            if (!command.force() && tables.marks.get(key).hardUntil() > tables.now) {
                pinned++;
            } else {
                objects += remove(key, removal, drops) ? 1 : 0;
            }
        }
        drops.forEach((member, keys) -> tables.outbox.order(new Order.Drop(member, keys, removal)));
        return new Removed(objects, pinned, removal);
    }

    private boolean remove(ObjectKey key, long removal, Map<Integer, List<ObjectKey>> drops) {
        int layout = tables.layouts.find(key.layout());
        String tenant =
                layout == Layouts.NONE ? Removals.EVERYONE : tables.layouts.spec(layout).tenant();
        tables.removals.remove(key, tenant, removal, tables.outbox::fact);
        if (tables.marks.get(key) != Marks.NONE) {
            tables.marks.put(key, Marks.NONE, tables.now);
            tables.outbox.fact(new Fact.Marked(key, 0, 0, 0));
        }
        int ordinal = tables.find(key);
        if (ordinal == Inventory.NONE) {
            return false;
        }
        collectHolders(ordinal, key, drops);
        inventory.dropAll(ordinal);
        copies.forget(ordinal);
        inventory.release(ordinal);
        return true;
    }

    private void collectHolders(int ordinal, ObjectKey key, Map<Integer, List<ObjectKey>> drops) {
        ObjectTable objects = inventory.objects;
        for (int place = objects.firstPlace(ordinal);
                place != ObjectTable.NO_PLACE;
                place = objects.nextPlace(ordinal, place)) {
            int handle = objects.handle(ordinal, place);
            if (!tables.members.isStale(handle)) {
                List<ObjectKey> keys = drops.computeIfAbsent(handle, made -> new ArrayList<>());
                if (keys.isEmpty() || keys.getLast() != key) {
                    keys.add(key);
                }
            }
        }
    }

    /** Removals that it has missed and that are remembered as a whole. */
    void joined(Member member) {
        tables.removals.forEachTenant((tenant, removal) -> {
            if (removal > member.removalDone) {
                tables.outbox.order(new Order.DropAll(member.handle, tenant, removal));
            }
        });
    }

    /** Whether the member has not carried out the removal of what it says to have. */
    boolean isRemoved(Member member, ObjectKey key) {
        return tables.removals.of(key) > member.removalDone;
    }

    boolean isTenantRemoved(Member member, LayoutSpec layout) {
        return tables.removals.ofTenant(layout.tenant()) > member.removalDone;
    }
}
