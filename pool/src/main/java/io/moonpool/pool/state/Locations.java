// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.Arrays;

/**
 * Who has the objects of one question: for each a few numbers into a list of members. Filled and
 * used again by its owner.
 */
public final class Locations {
    /** Members named for one object at most. */
    public static final int REPLICAS = 4;

    /** No member. */
    public static final int NONE = 0xFFFF;

    private static final int MEMBERS_MAX = NONE - 1;

    private char[] places = new char[0];
    private int[] members = new int[16];
    private int count;
    private int memberCount;
    private boolean unknownLayout;

    /** Objects that were asked for. */
    public int count() {
        return count;
    }

    /** The layout or its epoch is unknown: nobody has any of it. */
    public boolean isUnknownLayout() {
        return unknownLayout;
    }

    /** Number into the members, best first, or {@link #NONE}. */
    public int place(int object, int replica) {
        return places[object * REPLICAS + replica];
    }

    public int memberCount() {
        return memberCount;
    }

    /** The handle of a member. */
    public int member(int number) {
        return members[number];
    }

    void begin(int objects) {
        count = objects;
        memberCount = 0;
        unknownLayout = false;
        if (places.length < objects * REPLICAS) {
            places = new char[objects * REPLICAS];
        }
        Arrays.fill(places, 0, objects * REPLICAS, (char) NONE);
    }

    void unknown() {
        unknownLayout = true;
    }

    void put(int object, int replica, int member) {
        int number = number(member);
        if (number != NONE) {
            places[object * REPLICAS + replica] = (char) number;
        }
    }

    /** Members of one answer are few, and mostly the same from object to object. */
    private int number(int member) {
        for (int i = memberCount - 1; i >= 0; i--) {
            if (members[i] == member) {
                return i;
            }
        }
        if (memberCount == MEMBERS_MAX) {
            return NONE;
        }
        if (memberCount == members.length) {
            members = Arrays.copyOf(members, members.length * 2);
        }
        members[memberCount] = member;
        return memberCount++;
    }
}
