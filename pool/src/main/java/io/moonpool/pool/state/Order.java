// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.List;

/** What the directory asks of one member; given to its stream in order, or lost with it. */
public sealed interface Order {
    /** The member that is asked. */
    int member();

    /** Move everything to others, or stop doing so. */
    record Evacuate(int member, boolean cancelled, List<Integer> targets) implements Order {
        public Evacuate {
            targets = List.copyOf(targets);
        }
    }

    /** Have each of these objects taken by the targets. */
    record Copy(int member, List<ObjectKey> keys, List<Integer> targets) implements Order {
        public Copy {
            keys = List.copyOf(keys);
            targets = List.copyOf(targets);
        }
    }

    /** Drop these objects. */
    record Drop(int member, List<ObjectKey> keys, long removal) implements Order {
        public Drop {
            keys = List.copyOf(keys);
        }
    }

    /** Drop everything of a tenant; of every one when it is empty. */
    record DropAll(int member, String tenant, long removal) implements Order {}

    /** Keep these objects; 0 ends a pin. */
    record Pin(int member, List<ObjectKey> keys, long softUntil, long hardUntil) implements Order {
        public Pin {
            keys = List.copyOf(keys);
        }
    }

    /** Somebody missed these at the member: publish or retract them again. */
    record Check(int member, List<ObjectKey> keys) implements Order {
        public Check {
            keys = List.copyOf(keys);
        }
    }
}
