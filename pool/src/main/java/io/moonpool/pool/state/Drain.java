// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.List;

/** A member that moves everything to others. */
final class Drain {
    final List<String> targets;
    long moved;
    long dropped;
    long bytesMoved;

    /** Nothing was left when the member went: its next life is not drained. */
    boolean finished;

    Drain(List<String> targets) {
        this.targets = List.copyOf(targets);
    }

    boolean allows(MemberSpec spec) {
        return targets.isEmpty()
                || targets.contains(spec.name())
                || targets.contains(spec.id().toString());
    }
}
