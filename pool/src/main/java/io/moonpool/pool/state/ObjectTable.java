// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

/**
 * Objects with their replicas, outside the heap. The first two replicas are in the object's record,
 * more of them in a chain of their own; they keep their order.
 *
 * <p>A <em>place</em> is a replica's position in an object: 0 and 1 in the record, then ordinals of
 * chained records + 2.
 */
final class ObjectTable implements AutoCloseable {
    static final int NO_PLACE = -1;

    /** More replicas of one object than this are not remembered. */
    static final int REPLICAS_MAX = 64;

    /** An order to copy it is under way. */
    static final int COPYING = 1 << 16;

    /** It waits for an order to copy it. */
    static final int NEEDY = 1 << 17;

    /** It has pins or wanted replicas of its own. */
    static final int MARKED = 1 << 18;

    private static final int HASH = 0;
    private static final int SCOPE = 32;
    private static final int META = 36;
    private static final int NUMBER = 40;
    private static final int HANDLE = 56;
    private static final int MORE = 64;
    private static final int LINK = 68;
    private static final int BYTES = 72;

    private static final int TIER_BITS = 2;
    private static final int TIER_MASK = 3;
    private static final int WANTED_SHIFT = 8;
    private static final int COUNT_SHIFT = 24;
    private static final int BYTE_MASK = 0xFF;
    private static final int INLINE = 2;

    private static final int CHAINED_NUMBER = 0;
    private static final int CHAINED_HANDLE = 8;
    private static final int CHAINED_NEXT = 12;
    private static final int CHAINED_TIER = 16;
    private static final int CHAINED_LINK = 20;
    private static final int CHAINED_BYTES = 24;

    private final OffHeapRecords records = new OffHeapRecords(BYTES, LINK);
    private final OffHeapRecords chained = new OffHeapRecords(CHAINED_BYTES, CHAINED_LINK);

    int allocate(Probe key) {
        int ordinal = records.allocate();
        records.putLong(ordinal, HASH, key.hash0);
        records.putLong(ordinal, HASH + 8, key.hash1);
        records.putLong(ordinal, HASH + 16, key.hash2);
        records.putLong(ordinal, HASH + 24, key.hash3);
        records.putInt(ordinal, SCOPE, key.scope + 1);
        return ordinal;
    }

    /** It must have no replicas. */
    void release(int ordinal) {
        records.release(ordinal);
    }

    boolean isUsed(int ordinal) {
        return records.getInt(ordinal, SCOPE) != 0;
    }

    boolean matches(int ordinal, Probe key) {
        return records.getLong(ordinal, HASH) == key.hash0
                && records.getLong(ordinal, HASH + 8) == key.hash1
                && records.getLong(ordinal, HASH + 16) == key.hash2
                && records.getLong(ordinal, HASH + 24) == key.hash3
                && records.getInt(ordinal, SCOPE) == key.scope + 1;
    }

    int scope(int ordinal) {
        return records.getInt(ordinal, SCOPE) - 1;
    }

    Digest hash(int ordinal) {
        return new Digest(
                records.getLong(ordinal, HASH),
                records.getLong(ordinal, HASH + 8),
                records.getLong(ordinal, HASH + 16),
                records.getLong(ordinal, HASH + 24));
    }

    long print(int ordinal, long salt) {
        return Probe.print(
                salt,
                records.getLong(ordinal, HASH),
                records.getLong(ordinal, HASH + 8),
                records.getLong(ordinal, HASH + 16),
                records.getLong(ordinal, HASH + 24));
    }

    /** Bits of the hash that spread readers over replicas. */
    int spread(int ordinal) {
        return records.getInt(ordinal, HASH);
    }

    /** Every object has a lower ordinal. */
    int high() {
        return records.high();
    }

    int replicas(int ordinal) {
        return records.getInt(ordinal, META) >>> COUNT_SHIFT;
    }

    int wanted(int ordinal) {
        return records.getInt(ordinal, META) >>> WANTED_SHIFT & BYTE_MASK;
    }

    void wanted(int ordinal, int wanted) {
        int meta = records.getInt(ordinal, META) & ~(BYTE_MASK << WANTED_SHIFT);
        records.putInt(ordinal, META, meta | Math.min(wanted, BYTE_MASK) << WANTED_SHIFT);
    }

    boolean has(int ordinal, int flag) {
        return (records.getInt(ordinal, META) & flag) != 0;
    }

    void set(int ordinal, int flag, boolean on) {
        int meta = records.getInt(ordinal, META);
        records.putInt(ordinal, META, on ? meta | flag : meta & ~flag);
    }

    int firstPlace(int ordinal) {
        return records.getInt(ordinal, HANDLE) == 0 ? NO_PLACE : 0;
    }

    int nextPlace(int ordinal, int place) {
        if (place == 0) {
            return records.getInt(ordinal, HANDLE + Integer.BYTES) == 0 ? NO_PLACE : 1;
        }
        int next =
                place == 1
                        ? records.getInt(ordinal, MORE)
                        : chained.getInt(place - INLINE, CHAINED_NEXT);
        return next == 0 ? NO_PLACE : next - 1 + INLINE;
    }

    int handle(int ordinal, int place) {
        return place < INLINE
                ? records.getInt(ordinal, HANDLE + place * Integer.BYTES)
                : chained.getInt(place - INLINE, CHAINED_HANDLE);
    }

    long number(int ordinal, int place) {
        return place < INLINE
                ? records.getLong(ordinal, NUMBER + place * Long.BYTES)
                : chained.getLong(place - INLINE, CHAINED_NUMBER);
    }

    int tier(int ordinal, int place) {
        return place < INLINE
                ? records.getInt(ordinal, META) >>> place * TIER_BITS & TIER_MASK
                : chained.getInt(place - INLINE, CHAINED_TIER);
    }

    /** The replica of the member in this slot at this tier, whichever of its lives made it. */
    int find(int ordinal, int slot, int tier) {
        for (int place = firstPlace(ordinal);
                place != NO_PLACE;
                place = nextPlace(ordinal, place)) {
            if (Handle.slot(handle(ordinal, place)) == slot && tier(ordinal, place) == tier) {
                return place;
            }
        }
        return NO_PLACE;
    }

    void set(int ordinal, int place, int handle, int tier, long number) {
        if (place < INLINE) {
            records.putInt(ordinal, HANDLE + place * Integer.BYTES, handle);
            records.putLong(ordinal, NUMBER + place * Long.BYTES, number);
            int shift = place * TIER_BITS;
            int meta = records.getInt(ordinal, META) & ~(TIER_MASK << shift);
            records.putInt(ordinal, META, meta | tier << shift);
        } else {
            chained.putInt(place - INLINE, CHAINED_HANDLE, handle);
            chained.putLong(place - INLINE, CHAINED_NUMBER, number);
            chained.putInt(place - INLINE, CHAINED_TIER, tier);
        }
    }

    /** False: it has too many already. */
    boolean add(int ordinal, int handle, int tier, long number) {
        int count = replicas(ordinal);
        if (count == REPLICAS_MAX) {
            return false;
        }
        set(ordinal, count < INLINE ? count : appendPlace(ordinal), handle, tier, number);
        count(ordinal, 1);
        return true;
    }

    private int appendPlace(int ordinal) {
        int added = chained.allocate();
        int last = 1;
        for (int place = 1; place != NO_PLACE; place = nextPlace(ordinal, place)) {
            last = place;
        }
        link(ordinal, last, added + 1);
        return added + INLINE;
    }

    private void link(int ordinal, int place, int next) {
        if (place < INLINE) {
            records.putInt(ordinal, MORE, next);
        } else {
            chained.putInt(place - INLINE, CHAINED_NEXT, next);
        }
    }

    void remove(int ordinal, int place) {
        if (place >= INLINE) {
            unlink(ordinal, place);
        } else {
            moveUp(ordinal, place);
        }
        count(ordinal, -1);
    }

    private void unlink(int ordinal, int removed) {
        int before = 1;
        for (int place = nextPlace(ordinal, 1);
                place != removed;
                place = nextPlace(ordinal, place)) {
            before = place;
        }
        link(ordinal, before, chained.getInt(removed - INLINE, CHAINED_NEXT));
        chained.release(removed - INLINE);
    }

    private void moveUp(int ordinal, int removed) {
        int next = nextPlace(ordinal, removed);
        if (next == NO_PLACE) {
            set(ordinal, removed, 0, 0, 0);
            return;
        }
        set(ordinal, removed, handle(ordinal, next), tier(ordinal, next), number(ordinal, next));
        if (next < INLINE) {
            moveUp(ordinal, next);
        } else {
            unlink(ordinal, next);
        }
    }

    private void count(int ordinal, int change) {
        records.putInt(ordinal, META, records.getInt(ordinal, META) + (change << COUNT_SHIFT));
    }

    long bytes() {
        return records.bytes() + chained.bytes();
    }

    void write(SnapshotWriter out) {
        records.write(out);
        chained.write(out);
    }

    void read(SnapshotReader in) {
        records.read(in);
        chained.read(in);
    }

    @Override
    public void close() {
        records.close();
        chained.close();
    }
}
