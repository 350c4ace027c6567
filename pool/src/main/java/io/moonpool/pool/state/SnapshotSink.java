// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import org.agrona.DirectBuffer;

/** Takes the pieces of a snapshot in order; what it keeps of a piece it copies. */
@FunctionalInterface
public interface SnapshotSink {
    void accept(DirectBuffer buffer, int offset, int length);
}
