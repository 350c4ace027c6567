// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.List;

/** The answer to a {@link ChangeSet}; its directory uses it again for the next one. */
public final class Changed {
    long appliedSequence;
    boolean announceAgain;
    List<Floor> floors = List.of();
    long removal;

    Changed() {}

    /** The last change that is part of the directory now. */
    public long appliedSequence() {
        return appliedSequence;
    }

    /** A gap, or a member that the directory does not know in this life: it must join anew. */
    public boolean announceAgain() {
        return announceAgain;
    }

    /** Floors that the member has not been told yet. */
    public List<Floor> floors() {
        return floors;
    }

    /** The latest removal; orders up to it were given before. */
    public long removal() {
        return removal;
    }
}
