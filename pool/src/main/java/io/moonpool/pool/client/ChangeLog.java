// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.client;

import java.nio.ByteBuffer;

/** Changes of a member's inventory on their way from its store to the directory. Bounded. */
public interface ChangeLog {

    /** Bytes of a record: docs/spec/07-pool.md, with the member's own layout ordinal. */
    int RECORD_BYTES = 56;

    int LAYOUT_AT = 4;

    /** Appends at most {@code max} records; returns how many. */
    int drainTo(ByteBuffer records, int max);

    /** True once when changes were lost for want of room: everything must be announced anew. */
    boolean takeOverflow();

    /** Waits until there is something to drain, or so long. */
    void await(long nanos);
}
