// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.List;

/**
 * What only the directory knows, and no member could announce again: it must be durable before the
 * command that made it is acknowledged. Later facts about the same thing replace earlier ones.
 */
public sealed interface Fact {

    record FloorRaised(Floor floor) implements Fact {}

    /** {@code bytes} -1: there is none any more. */
    record Quota(String tenant, long bytes) implements Fact {}

    /** All zero: the object is not marked any more. */
    record Marked(ObjectKey key, int wanted, long softUntil, long hardUntil) implements Fact {}

    /**
     * A member that has not carried out this removal does not bring the object back. The tenant is
     * empty when the layout was unknown.
     */
    record Removed(ObjectKey key, String tenant, long removal) implements Fact {}

    /** The same for everything of a tenant; of every one when it is empty. */
    record AllRemoved(String tenant, long removal) implements Fact {}

    /** Not {@code running}: cancelled, or the member has left. */
    record Draining(MemberId member, boolean running, List<String> targets) implements Fact {
        public Draining {
            targets = List.copyOf(targets);
        }
    }
}
