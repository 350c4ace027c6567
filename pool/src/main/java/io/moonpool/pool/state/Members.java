// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Members by slot and by id, and per slot in one array what every located replica is asked. */
final class Members {
    private static final int FIRST_SIZE = 16;

    private final int max;
    private final Map<MemberId, Member> byId = new HashMap<>();
    private int high;
    private Member[] bySlot = new Member[FIRST_SIZE];
    private int[] generations = new int[FIRST_SIZE];

    /** The handle whose replicas count, or none. */
    private int[] current = new int[FIRST_SIZE];

    /** The handle whose replicas are located, or none. */
    private int[] located = new int[FIRST_SIZE];

    Members(int max) {
        this.max = Math.min(max, Handle.SLOTS_MAX);
    }

    Member byId(MemberId id) {
        return byId.get(id);
    }

    /** The member whose present life this is, or null. */
    Member byHandle(int handle) {
        int slot = Handle.slot(handle);
        return slot < high && current[slot] == handle ? bySlot[slot] : null;
    }

    boolean isStale(int handle) {
        return current[Handle.slot(handle)] != handle;
    }

    boolean isLocated(int handle) {
        return located[Handle.slot(handle)] == handle;
    }

    /** The member that made this replica, in whichever of its lives; null: forgotten. */
    Member owner(int handle) {
        return bySlot[Handle.slot(handle)];
    }

    /**
     * What its former life had is not swept while it may yet announce it again: the sweep would
     * only make work, and copies that nobody needs.
     */
    boolean isReturning(int handle) {
        Member member = owner(handle);
        return member != null && !member.gone && !member.announced && !member.lost;
    }

    Member add(MemberId id) {
        int slot = freeSlot();
        Member member = new Member(slot, id);
        bySlot[slot] = member;
        byId.put(id, member);
        return member;
    }

    private int freeSlot() {
        for (int slot = 0; slot < high; slot++) {
            if (bySlot[slot] == null) {
                return slot;
            }
        }
        if (high == max) {
            throw new Refusal(
                    Refusal.Kind.EXHAUSTED,
                    "member: the directory has %d already, its bound".formatted(max));
        }
        if (high == bySlot.length) {
            resize(high * 2);
        }
        return high++;
    }

    private void resize(int size) {
        bySlot = Arrays.copyOf(bySlot, size);
        generations = Arrays.copyOf(generations, size);
        current = Arrays.copyOf(current, size);
        located = Arrays.copyOf(located, size);
    }

    void remove(Member member) {
        bySlot[member.slot] = null;
        byId.remove(member.id);
    }

    /** A new life. */
    void renew(Member member) {
        int generation = Handle.nextGeneration(generations[member.slot]);
        generations[member.slot] = generation;
        member.handle = Handle.of(member.slot, generation);
        member.gone = false;
        refresh(member);
    }

    /** After a change of what decides whether its replicas are located. */
    void refresh(Member member) {
        current[member.slot] = member.gone ? Handle.NONE : member.handle;
        located[member.slot] = member.gone || member.suspect ? Handle.NONE : member.handle;
    }

    void forEach(Consumer<Member> action) {
        for (int slot = 0; slot < high; slot++) {
            if (bySlot[slot] != null) {
                action.accept(bySlot[slot]);
            }
        }
    }

    int high() {
        return high;
    }

    /** Null: nobody has this slot now. */
    Member at(int slot) {
        return bySlot[slot];
    }

    List<Member> named(String nameOrId) {
        List<Member> found = new ArrayList<>();
        forEach(member -> {
            if (member.spec.name().equals(nameOrId) || member.id.toString().equals(nameOrId)) {
                found.add(member);
            }
        });
        return found;
    }

    void write(SnapshotWriter out) {
        out.putInt(high);
        for (int slot = 0; slot < high; slot++) {
            out.putInt(generations[slot]);
            out.putBoolean(bySlot[slot] != null);
            if (bySlot[slot] != null) {
                MemberSnapshot.write(bySlot[slot], out);
            }
        }
    }

    void read(SnapshotReader in) {
        high = in.getCount(max, "members");
        resize(Math.max(FIRST_SIZE, high));
        for (int slot = 0; slot < high; slot++) {
            generations[slot] = in.getInt();
            if (in.getBoolean()) {
                Member member = MemberSnapshot.read(slot, in);
                bySlot[slot] = member;
                byId.put(member.id, member);
                refresh(member);
            }
        }
    }
}
