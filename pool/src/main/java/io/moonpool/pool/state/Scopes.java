// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.agrona.collections.IntArrayList;

/**
 * A scope is one epoch of one layout; records name it by ordinal. A retired scope is found no more,
 * at once, however many records it has; they are swept, and then its ordinal is used again.
 */
final class Scopes {
    static final int NONE = -1;

    private static final int FIRST_SIZE = 64;
    private static final int FREE = -1;

    private final long seed;
    private final int max;
    private final Map<Name, Integer> byName = new HashMap<>();
    private final IntArrayList free = new IntArrayList();
    private int high;
    private int[] layouts = new int[FIRST_SIZE];
    private boolean[] retired = new boolean[FIRST_SIZE];
    private long[] epochs = new long[FIRST_SIZE];
    private long[] salts = new long[FIRST_SIZE];
    private long[] records = new long[FIRST_SIZE];
    private long[] replicas = new long[FIRST_SIZE];

    private record Name(int layout, long epoch) {}

    Scopes(long seed, int max) {
        this.seed = seed;
        this.max = max;
    }

    int find(int layout, long epoch) {
        return byName.getOrDefault(new Name(layout, epoch), NONE);
    }

    /** {@link #NONE}: there are too many. */
    int ensure(int layout, Digest digest, long epoch) {
        Name name = new Name(layout, epoch);
        Integer present = byName.get(name);
        if (present != null) {
            return present;
        }
        if (free.isEmpty() && high == max) {
            return NONE;
        }
        int scope = free.isEmpty() ? grow() : free.removeAt(free.size() - 1);
        layouts[scope] = layout;
        epochs[scope] = epoch;
        salts[scope] = Probe.salt(seed, digest, epoch);
        byName.put(name, scope);
        return scope;
    }

    private int grow() {
        if (high == layouts.length) {
            int size = high * 2;
            layouts = Arrays.copyOf(layouts, size);
            retired = Arrays.copyOf(retired, size);
            epochs = Arrays.copyOf(epochs, size);
            salts = Arrays.copyOf(salts, size);
            records = Arrays.copyOf(records, size);
            replicas = Arrays.copyOf(replicas, size);
        }
        return high++;
    }

    /** Whether this ordinal still stands for that name. */
    boolean is(int scope, int layout, long epoch) {
        return layouts[scope] == layout && epochs[scope] == epoch && !retired[scope];
    }

    boolean isLive(int scope) {
        return layouts[scope] != FREE && !retired[scope];
    }

    boolean isRetired(int scope) {
        return retired[scope];
    }

    void retire(int scope) {
        byName.remove(new Name(layouts[scope], epochs[scope]));
        retired[scope] = true;
        freeIfEmpty(scope);
    }

    void recordAdded(int scope) {
        records[scope]++;
    }

    void recordRemoved(int scope) {
        records[scope]--;
        freeIfEmpty(scope);
    }

    /** Of a scope that was made for a record which was not. */
    void releaseIfUnused(int scope) {
        freeIfEmpty(scope);
    }

    private void freeIfEmpty(int scope) {
        if (records[scope] > 0) {
            return;
        }
        if (!retired[scope]) {
            byName.remove(new Name(layouts[scope], epochs[scope]));
        }
        retired[scope] = false;
        layouts[scope] = FREE;
        epochs[scope] = 0;
        salts[scope] = 0;
        free.addInt(scope);
    }

    void replicasChanged(int scope, int change) {
        replicas[scope] += change;
    }

    int high() {
        return high;
    }

    int layout(int scope) {
        return layouts[scope];
    }

    long epoch(int scope) {
        return epochs[scope];
    }

    long salt(int scope) {
        return salts[scope];
    }

    long records(int scope) {
        return records[scope];
    }

    long replicas(int scope) {
        return replicas[scope];
    }

    void write(SnapshotWriter out) {
        out.putInt(high);
        for (int i = 0; i < high; i++) {
            out.putInt(layouts[i]);
            out.putBoolean(retired[i]);
            out.putLong(epochs[i]);
            out.putLong(salts[i]);
            out.putLong(records[i]);
            out.putLong(replicas[i]);
        }
        out.putInt(free.size());
        free.forEachInt(out::putInt);
    }

    void read(SnapshotReader in) {
        int count = in.getCount(max, "scopes");
        for (int i = 0; i < count; i++) {
            grow();
            layouts[i] = in.getInt();
            retired[i] = in.getBoolean();
            epochs[i] = in.getLong();
            salts[i] = in.getLong();
            records[i] = in.getLong();
            replicas[i] = in.getLong();
            if (layouts[i] != FREE && !retired[i]) {
                byName.put(new Name(layouts[i], epochs[i]), i);
            }
        }
        int freeCount = in.getCount(count, "free scopes");
        for (int i = 0; i < freeCount; i++) {
            free.addInt(in.getInt());
        }
    }
}
