// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.List;

/**
 * What changes the directory, besides a {@link ChangeSet}. Each command carries its time, in
 * milliseconds of whatever clock its host has; time never runs backwards for the directory,
 * whatever the commands say.
 */
public sealed interface Command {
    /** The end of a pin that has none. */
    long NEVER = Long.MAX_VALUE;

    long now();

    /**
     * A member enters, or comes back.
     *
     * @param removalDone the highest removal that the member has carried out, kept by it
     */
    record Join(long now, MemberSpec member, List<Floor> floors, long removalDone)
            implements Command {
        public Join {
            floors = List.copyOf(floors);
        }
    }

    /**
     * The member's stream has ended.
     *
     * @param forGood it said that it leaves: its replicas are forgotten at once
     */
    record Leave(long now, int member, boolean forGood) implements Command {}

    /** {@code asking} could not reach {@code member}. */
    record ReportUnreachable(long now, int asking, int member) implements Command {}

    /** {@code member} did not have these, though the directory said so. */
    record ReportMissing(long now, int asking, int member, List<ObjectKey> keys)
            implements Command {
        public ReportMissing {
            keys = List.copyOf(keys);
        }
    }

    /**
     * Moves everything away from a member. Given again, it changes nothing and tells the progress.
     *
     * @param member name, or id in hexadecimal
     * @param targets names or ids of members that may take; empty: any
     */
    record Drain(long now, String member, List<String> targets) implements Command {
        public Drain {
            targets = List.copyOf(targets);
        }
    }

    record CancelDrain(long now, String member) implements Command {}

    /**
     * Removes objects everywhere.
     *
     * @param force also those with a hard pin
     */
    record Remove(long now, List<ObjectKey> keys, boolean force) implements Command {
        public Remove {
            keys = List.copyOf(keys);
        }
    }

    /** Removes everything of a tenant; of every one when it is empty. */
    record RemoveAll(long now, String tenant) implements Command {}

    record SetQuota(long now, String tenant, long bytes) implements Command {}

    record RemoveQuota(long now, String tenant) implements Command {}

    /**
     * Says how precious objects are. Objects may be marked before anybody has them.
     *
     * @param wanted replicas, 0: as many as there are; -1: leave it as it is
     * @param softUntil evicted last until then; 0: not any more; -1: leave it as it is
     * @param hardUntil never evicted until then; 0: not any more; -1: leave it as it is
     */
    record Mark(long now, List<ObjectKey> keys, int wanted, long softUntil, long hardUntil)
            implements Command {
        public static final int KEEP = -1;

        public Mark {
            keys = List.copyOf(keys);
        }
    }

    record RaiseFloor(long now, Floor floor) implements Command {}

    /** These are asked for so often that one more copy of each is worth its room. */
    record Hot(long now, List<ObjectKey> keys) implements Command {
        public Hot {
            keys = List.copyOf(keys);
        }
    }

    /** Time passes: members expire, pins end, orders are repeated, what is dead is swept. */
    record Tick(long now) implements Command {}
}
