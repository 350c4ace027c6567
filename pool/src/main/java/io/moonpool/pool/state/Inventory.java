// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import org.agrona.collections.IntHashSet;

/**
 * Objects with their index, and what is counted of them: the one place where a replica comes or
 * goes.
 */
final class Inventory implements AutoCloseable {
    static final int NONE = KeyIndex.NONE;

    final ObjectTable objects = new ObjectTable();
    final KeyIndex index = new KeyIndex(objects);
    final Scopes scopes;
    final Layouts layouts;
    final Members members;

    private final IntHashSet slots = new IntHashSet();
    private long records;
    private long replicas;
    private long published;
    private long retracted;
    private long overflowed;

    Inventory(DirectoryConfig config, Layouts layouts, Members members) {
        this.layouts = layouts;
        this.members = members;
        this.scopes = new Scopes(config.seed(), config.layoutsMax() * 4);
    }

    int find(Probe key) {
        return index.find(key);
    }

    /** Made if it is not there; without a replica it must not stay. */
    int ensure(Probe key) {
        int ordinal = index.find(key);
        if (ordinal != NONE) {
            return ordinal;
        }
        int made = objects.allocate(key);
        index.add(key.print, made);
        scopes.recordAdded(key.scope);
        records++;
        return made;
    }

    /** A replica of a former life is taken over. */
    void publish(Member member, int ordinal, int tier, long number) {
        published++;
        int place = objects.find(ordinal, member.slot, tier);
        if (place == ObjectTable.NO_PLACE) {
            if (!objects.add(ordinal, member.handle, tier, number)) {
                overflowed++;
                return;
            }
            replicas++;
            scopes.replicasChanged(objects.scope(ordinal), 1);
            member.count(tier, objectBytes(ordinal), 1);
            return;
        }
        if (objects.handle(ordinal, place) != member.handle) {
            member.count(tier, objectBytes(ordinal), 1);
        }
        objects.set(ordinal, place, member.handle, tier, number);
    }

    /** False: it has no such replica with this number. */
    boolean retract(Member member, int ordinal, int tier, long number) {
        retracted++;
        int place = objects.find(ordinal, member.slot, tier);
        if (place == ObjectTable.NO_PLACE || objects.number(ordinal, place) != number) {
            return false;
        }
        drop(ordinal, place);
        return true;
    }

    void drop(int ordinal, int place) {
        int handle = objects.handle(ordinal, place);
        if (!members.isStale(handle)) {
            members.owner(handle).count(objects.tier(ordinal, place), objectBytes(ordinal), -1);
        }
        objects.remove(ordinal, place);
        replicas--;
        scopes.replicasChanged(objects.scope(ordinal), -1);
    }

    void dropAll(int ordinal) {
        for (int place = objects.firstPlace(ordinal);
                place != ObjectTable.NO_PLACE;
                place = objects.firstPlace(ordinal)) {
            drop(ordinal, place);
        }
    }

    /** Its last replica has gone. */
    void release(int ordinal) {
        int scope = objects.scope(ordinal);
        index.remove(objects.print(ordinal, scopes.salt(scope)), ordinal);
        objects.release(ordinal);
        scopes.recordRemoved(scope);
        records--;
    }

    long objectBytes(int ordinal) {
        return layout(ordinal).objectBytes();
    }

    LayoutSpec layout(int ordinal) {
        return layouts.spec(scopes.layout(objects.scope(ordinal)));
    }

    ObjectKey key(int ordinal) {
        int scope = objects.scope(ordinal);
        return new ObjectKey(
                layouts.spec(scopes.layout(scope)).digest(),
                scopes.epoch(scope),
                objects.hash(ordinal));
    }

    /** Members that have it, or may be about to say again that they have. */
    int held(int ordinal) {
        slots.clear();
        for (int place = objects.firstPlace(ordinal);
                place != ObjectTable.NO_PLACE;
                place = objects.nextPlace(ordinal, place)) {
            int handle = objects.handle(ordinal, place);
            boolean counts =
                    members.isStale(handle)
                            ? members.isReturning(handle)
                            : !members.owner(handle).lost;
            if (counts) {
                slots.add(Handle.slot(handle));
            }
        }
        return slots.size();
    }

    boolean isHeldBy(int ordinal, int slot) {
        return objects.find(ordinal, slot, Tier.MEMORY.code()) != ObjectTable.NO_PLACE
                || objects.find(ordinal, slot, Tier.SSD.code()) != ObjectTable.NO_PLACE;
    }

    /** Whether somebody other than this member can be asked for it. */
    boolean isLocatedBeside(int ordinal, int slot) {
        for (int place = objects.firstPlace(ordinal);
                place != ObjectTable.NO_PLACE;
                place = objects.nextPlace(ordinal, place)) {
            int handle = objects.handle(ordinal, place);
            if (Handle.slot(handle) != slot && members.isLocated(handle)) {
                return true;
            }
        }
        return false;
    }

    /** A located replica to copy from, in memory if there is one. */
    int source(int ordinal) {
        int best = Handle.NONE;
        for (int place = objects.firstPlace(ordinal);
                place != ObjectTable.NO_PLACE;
                place = objects.nextPlace(ordinal, place)) {
            int handle = objects.handle(ordinal, place);
            if (members.isLocated(handle)) {
                if (objects.tier(ordinal, place) == Tier.MEMORY.code()) {
                    return handle;
                }
                best = handle;
            }
        }
        return best;
    }

    long records() {
        return records;
    }

    long replicas() {
        return replicas;
    }

    long published() {
        return published;
    }

    long retracted() {
        return retracted;
    }

    long bytes() {
        return objects.bytes() + index.bytes();
    }

    void write(SnapshotWriter out) {
        scopes.write(out);
        out.putLong(records);
        out.putLong(replicas);
        out.putLong(published);
        out.putLong(retracted);
        out.putLong(overflowed);
        objects.write(out);
    }

    void read(SnapshotReader in) {
        scopes.read(in);
        records = in.getLong();
        replicas = in.getLong();
        published = in.getLong();
        retracted = in.getLong();
        overflowed = in.getLong();
        objects.read(in);
        for (int ordinal = 0; ordinal < objects.high(); ordinal++) {
            if (objects.isUsed(ordinal)) {
                index.add(objects.print(ordinal, scopes.salt(objects.scope(ordinal))), ordinal);
            }
        }
    }

    @Override
    public void close() {
        index.close();
        objects.close();
    }
}
