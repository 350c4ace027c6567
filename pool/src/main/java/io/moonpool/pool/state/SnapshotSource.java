// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import org.agrona.MutableDirectBuffer;

/** Gives the bytes of a snapshot in order. */
@FunctionalInterface
public interface SnapshotSource {
    /** Fills {@code length} bytes, or fails with {@link BadSnapshot}. */
    void read(MutableDirectBuffer target, int offset, int length);
}
