// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

/** How far the directory trusts what it knows of a member. */
public enum MemberState {
    /** Joined, its inventory is on the way; what has arrived is located already. */
    ANNOUNCING,
    LIVE,
    /** Silent, disconnected or reported: not located, not forgotten. */
    SUSPECT,
    /** Located, but gets no placements, and moves what it has to others. */
    DRAINING,
    /** Nothing of it is left to move. */
    DRAINED,
    /** Silent for so long that its replicas are forgotten. */
    GONE
}
