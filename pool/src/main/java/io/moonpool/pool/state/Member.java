// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.Arrays;

/** What the directory keeps of one member over its lives. */
final class Member {
    static final int LAYOUTS_MAX = 4_096;

    private static final int FIRST_LAYOUTS = 8;

    final int slot;
    final MemberId id;

    MemberSpec spec;
    int handle;
    boolean announced;
    boolean suspect;

    /** Suspect for so long that objects which it shared are to be copied again. */
    boolean lost;

    boolean gone;
    long firstJoinedAt;
    long joinedAt;
    long heardAt;

    /** When somebody could not reach it last; 0: nobody said so. */
    long reportedAt;

    long capacityBytes;

    /** As reported, less what it has published since. */
    long freeBytes;

    long nextSequence;
    long floorsTold;
    long removalDone;
    long objects;
    long memoryBytes;
    long ssdBytes;

    /** Null: it is not drained. */
    Drain drain;

    /** Layouts of its stream; its records number them. */
    int layoutCount;

    private int[] layouts = new int[FIRST_LAYOUTS];

    /** The scope that each layout was seen in last, so that records need no look-up. */
    private int[] lastScopes = new int[FIRST_LAYOUTS];

    Member(int slot, MemberId id) {
        this.slot = slot;
        this.id = id;
    }

    MemberState state() {
        if (gone) {
            return MemberState.GONE;
        }
        if (suspect) {
            return MemberState.SUSPECT;
        }
        if (drain != null) {
            return announced && objects == 0 ? MemberState.DRAINED : MemberState.DRAINING;
        }
        return announced ? MemberState.LIVE : MemberState.ANNOUNCING;
    }

    void forgetInventory() {
        announced = false;
        objects = 0;
        memoryBytes = 0;
        ssdBytes = 0;
        layoutCount = 0;
        nextSequence = 1;
    }

    boolean hasLayout(int layout) {
        for (int i = 0; i < layoutCount; i++) {
            if (layouts[i] == layout) {
                return true;
            }
        }
        return false;
    }

    void addLayout(int layout) {
        if (layoutCount == layouts.length) {
            layouts = Arrays.copyOf(layouts, layoutCount * 2);
            lastScopes = Arrays.copyOf(lastScopes, layoutCount * 2);
        }
        layouts[layoutCount] = layout;
        lastScopes[layoutCount] = Scopes.NONE;
        layoutCount++;
    }

    int layout(int number) {
        return layouts[number];
    }

    int lastScope(int number) {
        return lastScopes[number];
    }

    void lastScope(int number, int scope) {
        lastScopes[number] = scope;
    }

    void count(int tier, long bytes, int change) {
        objects += change;
        if (tier == Tier.SSD.code()) {
            ssdBytes += change * bytes;
        } else {
            memoryBytes += change * bytes;
            freeBytes -= change * bytes;
        }
    }
}
