// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;

/**
 * Removals by number. A member that has not carried out a removal may still have what was removed:
 * it does not bring it back. Single objects are remembered up to a bound; of what is older, a
 * member that missed it drops everything of that tenant.
 */
final class Removals {
    /** The name that stands for every tenant. */
    static final String EVERYONE = "";

    private final int max;
    private final Map<ObjectKey, Tombstone> objects = new LinkedHashMap<>();
    private final Map<String, Long> tenants = new LinkedHashMap<>();
    private long latest;

    private record Tombstone(String tenant, long removal) {}

    Removals(int max) {
        this.max = max;
    }

    long latest() {
        return latest;
    }

    /** Members know removals of directories that nobody else remembers. */
    void learn(long removal) {
        latest = Math.max(latest, removal);
    }

    /** Follows the clock, so that a directory that forgot its numbers goes on above them. */
    long next(long now) {
        latest = Math.max(latest + 1, now);
        return latest;
    }

    void remove(ObjectKey key, String tenant, long removal, Consumer<Fact> facts) {
        objects.remove(key);
        objects.put(key, new Tombstone(tenant, removal));
        learn(removal);
        facts.accept(new Fact.Removed(key, tenant, removal));
        if (objects.size() > max) {
            forgetOldest(facts);
        }
    }

    private void forgetOldest(Consumer<Fact> facts) {
        Iterator<Tombstone> oldest = objects.values().iterator();
        Tombstone tombstone = oldest.next();
        oldest.remove();
        if (tombstone.removal > ofTenant(tombstone.tenant)) {
            tenants.put(tombstone.tenant, tombstone.removal);
            facts.accept(new Fact.AllRemoved(tombstone.tenant, tombstone.removal));
        }
    }

    void refuseIfFull(String tenant) {
        if (tenants.size() >= max && !tenants.containsKey(tenant)) {
            throw new Refusal(
                    Refusal.Kind.EXHAUSTED,
                    "tenant: everything of %d tenants was removed already".formatted(max));
        }
    }

    void removeAll(String tenant, long removal) {
        learn(removal);
        if (tenant.equals(EVERYONE)) {
            tenants.values().removeIf(earlier -> earlier <= removal);
        }
        tenants.merge(tenant, removal, Math::max);
        objects.values()
                .removeIf(tombstone ->
                        tombstone.removal <= removal
                                && (tenant.equals(EVERYONE) || tombstone.tenant.equals(tenant)));
    }

    /** The last removal of everything of this tenant; 0: none. */
    long ofTenant(String tenant) {
        return Math.max(tenants.getOrDefault(tenant, 0L), tenants.getOrDefault(EVERYONE, 0L));
    }

    /** The last removal of this object alone; 0: none. */
    long of(ObjectKey key) {
        Tombstone tombstone = objects.get(key);
        return tombstone == null ? 0 : tombstone.removal;
    }

    int count() {
        return objects.size();
    }

    void forEachTenant(ObjLongConsumer<String> action) {
        tenants.forEach(action::accept);
    }

    void facts(Consumer<Fact> receiver) {
        tenants.forEach((tenant, removal) -> receiver.accept(new Fact.AllRemoved(tenant, removal)));
        objects.forEach((key, tombstone) ->
                receiver.accept(new Fact.Removed(key, tombstone.tenant, tombstone.removal)));
    }

    void write(SnapshotWriter out) {
        out.putLong(latest);
        out.putInt(tenants.size());
        tenants.forEach((tenant, removal) -> {
            out.putString(tenant);
            out.putLong(removal);
        });
        out.putInt(objects.size());
        objects.forEach((key, tombstone) -> {
            out.putKey(key);
            out.putString(tombstone.tenant);
            out.putLong(tombstone.removal);
        });
    }

    void read(SnapshotReader in) {
        latest = in.getLong();
        int tenantCount = in.getCount(Integer.MAX_VALUE, "removed tenants");
        for (int i = 0; i < tenantCount; i++) {
            tenants.put(in.getString(), in.getLong());
        }
        int objectCount = in.getCount(max, "tombstones");
        for (int i = 0; i < objectCount; i++) {
            objects.put(in.getKey(), new Tombstone(in.getString(), in.getLong()));
        }
    }
}
