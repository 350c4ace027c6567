// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.proto.ring.MissReason;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Finds how long a hit is: the longest boundary that every group can serve. Its fields are the
 * result of the last {@link #probe} and {@link #choose}; they and its scratch arrays are used over
 * and over.
 */
final class HitFinder {

    private static final long STEP_MAX = 1L << 40;

    private final ObjectStore store;
    private final GhostTable ghosts;
    private final BlockKey key = new BlockKey();
    private Session session;
    private KeyStaging keys;
    private long localTokens;
    private long step;

    /** Per group: where its blocks begin in {@link #found}. */
    private final int[] base = new int[GroupLimits.GROUPS_MAX];

    /** Per group: blocks that are here. */
    final int[] present = new int[GroupLimits.GROUPS_MAX];

    /** Per full group: blocks from the first on without a gap. */
    private final int[] prefix = new int[GroupLimits.GROUPS_MAX];

    /** Visible object of each block asked for, or NONE. */
    private int[] found = new int[1024];

    /** Of a window group: blocks here without a gap that end with this one. */
    private int[] run = new int[1024];

    HitFinder(ObjectStore store, GhostTable ghosts) {
        this.store = store;
        this.ghosts = ghosts;
    }

    /** Looks all keys up. False: the request contradicts itself. */
    boolean probe(Session asking, long local, int alignTokens) {
        session = asking;
        keys = asking.keys;
        localTokens = local;
        step = step(alignTokens);
        if (step == 0 || local < 0 || local % alignTokens != 0 || !keysBeginAtLocal()) {
            return false;
        }
        ensure(keys.total());
        int next = 0;
        for (int group = 0; group < session.layouts.length; group++) {
            base[group] = next;
            probe(group);
            next += keys.count(group);
        }
        return true;
    }

    private void probe(int group) {
        GroupLayout layout = session.layouts[group];
        key.of(layout.ordinal, layout.namespace.epoch);
        int count = keys.count(group);
        int here = 0;
        int gap = count;
        int length = 0;
        for (int i = 0; i < count; i++) {
            int object = store.find(keys.read(group, i, key));
            boolean visible = store.isVisible(object);
            found[base[group] + i] = visible ? object : ObjectTable.NONE;
            length = visible ? length + 1 : 0;
            run[base[group] + i] = length;
            here += visible ? 1 : 0;
            gap = visible || gap < count ? gap : i;
        }
        present[group] = here;
        prefix[group] = gap;
    }

    /** The longest boundary up to a bound, or 0. */
    long choose(long maxTokens) {
        if (step > STEP_MAX) {
            return 0;
        }
        long limit = maxTokens;
        for (int group = 0; group < session.layouts.length; group++) {
            limit = Math.min(limit, reach(group));
        }
        for (long boundary = limit - limit % step; boundary > localTokens; boundary -= step) {
            if (windowsServe(boundary)) {
                return boundary;
            }
        }
        return 0;
    }

    /**
     * The longest boundary whose full groups cost at most {@code bytes} that the engine has not
     * pinned.
     */
    long affordable(long bytes) {
        long left = bytes;
        for (int group = 0; group < session.layouts.length; group++) {
            if (session.layouts[group].kind == GroupKind.WINDOW) {
                left -= session.windowBlocks[group] * session.layouts[group].objectBytes();
            }
        }
        long boundary = localTokens;
        while (left >= 0) {
            long cost = 0;
            for (int group = 0; group < session.layouts.length; group++) {
                cost += costOfStep(group, boundary);
            }
            if (cost > left || boundary > Long.MAX_VALUE / 2) {
                break;
            }
            left -= cost;
            boundary += step;
            if (boundary > longestReach()) {
                break;
            }
        }
        return boundary;
    }

    /** What {@link #cost} can't exceed. */
    long costMax(long boundary) {
        long cost = 0;
        for (int group = 0; group < session.layouts.length; group++) {
            long blocks = (long) endLeased(group, boundary) - firstLeased(group, boundary);
            cost += blocks * session.layouts[group].objectBytes();
        }
        return cost;
    }

    /** What the hit up to a boundary would add to the engine's pinned bytes. */
    long cost(long boundary) {
        long cost = 0;
        for (int group = 0; group < session.layouts.length; group++) {
            int first = firstLeased(group, boundary);
            for (int block = first; block < endLeased(group, boundary); block++) {
                int object = objectAt(group, block);
                cost +=
                        store.isPinnedBy(object, session.engine)
                                ? 0
                                : session.layouts[group].objectBytes();
            }
        }
        return cost;
    }

    /** Why the hit ends at this boundary and not at the bound. */
    MissReason reason(long boundary, long maxTokens) {
        if (boundary > 0 && boundary + step > maxTokens) {
            return MissReason.NONE;
        }
        for (int group = 0; group < session.layouts.length; group++) {
            boolean ends =
                    session.layouts[group].kind == GroupKind.FULL && reach(group) < maxTokens;
            if (ends && reach(group) < Math.max(boundary, localTokens) + step) {
                return reasonOf(group, prefix[group]);
            }
        }
        for (int group = 0; group < session.layouts.length; group++) {
            if (session.layouts[group].kind == GroupKind.WINDOW
                    && present[group] < keys.count(group)) {
                return MissReason.WINDOW;
            }
        }
        return boundary > 0 ? MissReason.NONE : MissReason.NEVER_STORED;
    }

    private MissReason reasonOf(int group, int block) {
        if (block >= keys.count(group)) {
            return MissReason.NONE;
        }
        GroupLayout layout = session.layouts[group];
        keys.read(group, block, key.of(layout.ordinal, layout.namespace.epoch));
        if (store.find(key) != ObjectTable.NONE) {
            return MissReason.IN_PROGRESS;
        }
        int ghost = ghosts.reason(key);
        if (ghost != GhostTable.UNKNOWN) {
            return ghost == GhostTable.EVICTED ? MissReason.EVICTED : MissReason.CORRUPT;
        }
        key.epoch--;
        return store.find(key) != ObjectTable.NONE ? MissReason.RESET : MissReason.NEVER_STORED;
    }

    /** Every boundary is a multiple of this. */
    long step() {
        return step;
    }

    /** True when the bound leaves room for a longer hit. */
    boolean mayGrow(long boundary, long maxTokens) {
        return Math.max(boundary, localTokens) + step <= maxTokens;
    }

    /** The first group that would serve more if nothing were missing, or -1. */
    int firstGroupWithGap() {
        for (int group = 0; group < session.layouts.length; group++) {
            if (firstMissing(group) < keys.count(group)) {
                return group;
            }
        }
        return -1;
    }

    private int firstMissing(int group) {
        return session.layouts[group].kind == GroupKind.FULL
                ? prefix[group]
                : present[group] < keys.count(group) ? lastMissing(group) : keys.count(group);
    }

    /** A window group is asked from its end. */
    private int lastMissing(int group) {
        int block = keys.count(group) - 1;
        while (block > 0 && found[base[group] + block] != ObjectTable.NONE) {
            block--;
        }
        return block;
    }

    /** The key of the block that {@link #firstGroupWithGap} is about. */
    BlockKey readFirstMissing(int group, BlockKey into) {
        GroupLayout layout = session.layouts[group];
        into.of(layout.ordinal, layout.namespace.epoch);
        return keys.read(group, firstMissing(group), into);
    }

    /** The blocks of a group that are visible here. */
    BitSet here(int group) {
        BitSet here = new BitSet(keys.count(group));
        for (int i = 0; i < keys.count(group); i++) {
            here.set(i, found[base[group] + i] != ObjectTable.NONE);
        }
        return here;
    }

    /** Request block index of the first block leased in a group. */
    int firstLeased(int group, long boundary) {
        int first = keys.firstBlock(group);
        if (session.layouts[group].kind == GroupKind.FULL) {
            return first;
        }
        return Math.max(first, endLeased(group, boundary) - session.windowBlocks[group]);
    }

    /** Request block index behind the last block leased in a group. */
    int endLeased(int group, long boundary) {
        return (int) (boundary / session.layouts[group].blockTokens);
    }

    /** The object of a block, by request block index. */
    int objectAt(int group, int block) {
        return found[base[group] + block - keys.firstBlock(group)];
    }

    /**
     * Makes what is here of a group the newest: its blocks without a gap, or all of a window group.
     */
    void raise(int group) {
        boolean full = session.layouts[group].kind == GroupKind.FULL;
        int count = full ? prefix[group] : keys.count(group);
        store.order.raise(found, base[group], base[group] + count);
    }

    private boolean windowsServe(long boundary) {
        for (int group = 0; group < session.layouts.length; group++) {
            if (session.layouts[group].kind == GroupKind.FULL) {
                continue;
            }
            int first = firstLeased(group, boundary);
            int end = endLeased(group, boundary);
            if (run[base[group] + end - 1 - keys.firstBlock(group)] < end - first) {
                return false;
            }
        }
        return true;
    }

    /** Tokens up to which a group's keys may serve. */
    private long reach(int group) {
        if (keys.count(group) == 0) {
            return localTokens;
        }
        long blocks =
                session.layouts[group].kind == GroupKind.FULL ? prefix[group] : keys.count(group);
        return (keys.firstBlock(group) + blocks) * session.layouts[group].blockTokens;
    }

    private long longestReach() {
        long reach = 0;
        for (int group = 0; group < session.layouts.length; group++) {
            reach = Math.max(reach, reach(group));
        }
        return reach;
    }

    private long costOfStep(int group, long boundary) {
        GroupLayout layout = session.layouts[group];
        if (layout.kind == GroupKind.WINDOW) {
            return 0;
        }
        long cost = 0;
        int end = endLeased(group, boundary + step);
        int reachable = keys.firstBlock(group) + prefix[group];
        for (int block = endLeased(group, boundary); block < Math.min(end, reachable); block++) {
            cost +=
                    store.isPinnedBy(objectAt(group, block), session.engine)
                            ? 0
                            : layout.objectBytes();
        }
        return cost;
    }

    private boolean keysBeginAtLocal() {
        for (int group = 0; group < session.layouts.length; group++) {
            int blockTokens = session.layouts[group].blockTokens;
            boolean begins =
                    localTokens % blockTokens == 0
                            && keys.firstBlock(group) == localTokens / blockTokens;
            if (keys.count(group) > 0 && !begins) {
                return false;
            }
        }
        return true;
    }

    /** Every boundary is a multiple of this; 0: there is none. */
    private long step(int alignTokens) {
        long common = Math.max(0, alignTokens);
        for (int group = 0;
                group < session.layouts.length && common > 0 && common <= STEP_MAX;
                group++) {
            common =
                    common
                            / gcd(common, session.layouts[group].blockTokens)
                            * session.layouts[group].blockTokens;
        }
        return common;
    }

    private static long gcd(long left, long right) {
        long a = left;
        long b = right;
        while (b != 0) {
            long rest = a % b;
            a = b;
            b = rest;
        }
        return a;
    }

    private void ensure(int blocks) {
        if (blocks > found.length) {
            int length = Integer.highestOneBit(blocks - 1) << 1;
            found = Arrays.copyOf(found, length);
            run = Arrays.copyOf(run, length);
        }
    }
}
