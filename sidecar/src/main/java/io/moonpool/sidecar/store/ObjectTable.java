// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.lang.foreign.Arena;

/**
 * The objects: one record each, outside the heap, named by an ordinal that is used again after
 * {@link #free}. An object's number never is: a link to another object carries both and holds only
 * while they agree.
 */
final class ObjectTable {

    static final int NONE = -1;

    /** Slots granted to a writer, or being checksummed. In the index. */
    static final int RESERVED = 1;

    /** Visible. In the index. */
    static final int COMMITTED = 2;

    /** Its checksum failed: out of the index, freed with its last pin. */
    static final int CORRUPT = 3;

    /**
     * Slots of an earlier life that somebody may still write. Never in the index, freed when nobody
     * can.
     */
    static final int ORPHAN = 4;

    /** Taken out of the index while somebody held it: freed with its last pin. */
    static final int REMOVED = 5;

    private static final int HASH = 0;
    private static final int EPOCH = 32;
    private static final int NUMBER = 40;
    private static final int TICK = 48;
    private static final int PARENT_NUMBER = 56;
    private static final int ENGINE_MASK = 64;
    private static final int QUARANTINE_MASK = 72;
    private static final int LAYOUT = 80;
    private static final int STATE = 84;
    private static final int SLOT_FIRST = 88;
    private static final int HOLDS = 92;
    private static final int NEWER = 96;
    private static final int OLDER = 100;
    private static final int PARENT = 104;
    private static final int POSITION = 108;
    private static final int LISTED = 112;
    private static final int RECORD_BYTES = 128;

    private final OffHeapRecords records;
    private final int objectsMax;
    private int freeHead = NONE;
    private int highWater;
    private int count;
    private long lastNumber;

    /**
     * {@code numberBase}: all numbers of this life are above it, and below that of the next life.
     */
    ObjectTable(Arena memory, int objectsMax, long numberBase) {
        this.records = new OffHeapRecords(memory, RECORD_BYTES, objectsMax);
        this.objectsMax = objectsMax;
        this.lastNumber = numberBase;
    }

    /** A record in a state, or NONE when all are used. */
    int allocate(BlockKey key, int state) {
        int ordinal = freeHead;
        if (ordinal != NONE) {
            freeHead = records.getInt(ordinal, OLDER);
        } else if (highWater < objectsMax) {
            ordinal = highWater;
            records.ensure(ordinal);
            highWater++;
        } else {
            return NONE;
        }
        count++;
        clear(ordinal, key, state);
        return ordinal;
    }

    private void clear(int ordinal, BlockKey key, int state) {
        records.putLong(ordinal, HASH, key.hash0);
        records.putLong(ordinal, HASH + 8, key.hash1);
        records.putLong(ordinal, HASH + 16, key.hash2);
        records.putLong(ordinal, HASH + 24, key.hash3);
        records.putLong(ordinal, EPOCH, key.epoch);
        records.putInt(ordinal, LAYOUT, key.layout);
        records.putLong(ordinal, NUMBER, ++lastNumber);
        records.putInt(ordinal, STATE, state);
        records.putLong(ordinal, ENGINE_MASK, 0);
        records.putLong(ordinal, QUARANTINE_MASK, 0);
        records.putInt(ordinal, SLOT_FIRST, NONE);
        records.putInt(ordinal, HOLDS, 0);
        records.putInt(ordinal, LISTED, 0);
        parent(ordinal, NONE);
    }

    void free(int ordinal) {
        records.putInt(ordinal, STATE, 0);
        records.putLong(ordinal, NUMBER, 0);
        records.putInt(ordinal, OLDER, freeHead);
        freeHead = ordinal;
        count--;
    }

    int count() {
        return count;
    }

    /** Ordinals below this were used at some time. */
    int highWater() {
        return highWater;
    }

    boolean matches(int ordinal, BlockKey key) {
        return records.getLong(ordinal, HASH) == key.hash0
                && records.getLong(ordinal, HASH + 8) == key.hash1
                && records.getLong(ordinal, HASH + 16) == key.hash2
                && records.getLong(ordinal, HASH + 24) == key.hash3
                && records.getLong(ordinal, EPOCH) == key.epoch
                && records.getInt(ordinal, LAYOUT) == key.layout;
    }

    BlockKey readKey(int ordinal, BlockKey key) {
        key.hash0 = records.getLong(ordinal, HASH);
        key.hash1 = records.getLong(ordinal, HASH + 8);
        key.hash2 = records.getLong(ordinal, HASH + 16);
        key.hash3 = records.getLong(ordinal, HASH + 24);
        return key.of(layout(ordinal), epoch(ordinal));
    }

    int state(int ordinal) {
        return records.getInt(ordinal, STATE);
    }

    void state(int ordinal, int state) {
        records.putInt(ordinal, STATE, state);
    }

    long epoch(int ordinal) {
        return records.getLong(ordinal, EPOCH);
    }

    int layout(int ordinal) {
        return records.getInt(ordinal, LAYOUT);
    }

    long number(int ordinal) {
        return records.getLong(ordinal, NUMBER);
    }

    /** An adopted object keeps the number that its headers have. */
    void number(int ordinal, long number) {
        records.putLong(ordinal, NUMBER, number);
    }

    int slotFirst(int ordinal) {
        return records.getInt(ordinal, SLOT_FIRST);
    }

    void slotFirst(int ordinal, int slot) {
        records.putInt(ordinal, SLOT_FIRST, slot);
    }

    int position(int ordinal) {
        return records.getInt(ordinal, POSITION);
    }

    void position(int ordinal, int position) {
        records.putInt(ordinal, POSITION, position);
    }

    /** Engines with a lease on it. */
    long engineMask(int ordinal) {
        return records.getLong(ordinal, ENGINE_MASK);
    }

    void engineMask(int ordinal, long mask) {
        records.putLong(ordinal, ENGINE_MASK, mask);
    }

    /** Engines of an earlier life that may still touch its slots. */
    long quarantineMask(int ordinal) {
        return records.getLong(ordinal, QUARANTINE_MASK);
    }

    void quarantineMask(int ordinal, long mask) {
        records.putLong(ordinal, QUARANTINE_MASK, mask);
    }

    /**
     * Reasons not to evict: engines in either mask count one each, however many leases they have.
     */
    int holds(int ordinal) {
        return records.getInt(ordinal, HOLDS);
    }

    void holds(int ordinal, int holds) {
        records.putInt(ordinal, HOLDS, holds);
    }

    long tick(int ordinal) {
        return records.getLong(ordinal, TICK);
    }

    void tick(int ordinal, long tick) {
        records.putLong(ordinal, TICK, tick);
    }

    int newer(int ordinal) {
        return records.getInt(ordinal, NEWER);
    }

    void newer(int ordinal, int other) {
        records.putInt(ordinal, NEWER, other);
    }

    int older(int ordinal) {
        return records.getInt(ordinal, OLDER);
    }

    void older(int ordinal, int other) {
        records.putInt(ordinal, OLDER, other);
    }

    /** True while it is in its recency list. */
    boolean listed(int ordinal) {
        return records.getInt(ordinal, LISTED) != 0;
    }

    void listed(int ordinal, boolean listed) {
        records.putInt(ordinal, LISTED, listed ? 1 : 0);
    }

    /** The block before it, if that is still here; else NONE. */
    int parent(int ordinal) {
        int parent = records.getInt(ordinal, PARENT);
        return parent != NONE && number(parent) == records.getLong(ordinal, PARENT_NUMBER)
                ? parent
                : NONE;
    }

    void parent(int ordinal, int parent) {
        records.putInt(ordinal, PARENT, parent);
        records.putLong(ordinal, PARENT_NUMBER, parent == NONE ? 0 : number(parent));
    }
}
