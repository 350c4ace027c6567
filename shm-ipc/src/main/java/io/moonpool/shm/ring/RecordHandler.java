// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.ring;

import org.agrona.MutableDirectBuffer;

/** Takes the records of a {@link RingConsumer}. */
@FunctionalInterface
public interface RecordHandler {
    /**
     * One record. The buffer is a private copy that holds this body and nothing beyond it: reading
     * past {@code length} throws {@link IndexOutOfBoundsException}. It is overwritten by the next
     * record.
     */
    void onRecord(int type, MutableDirectBuffer buffer, int offset, int length);
}
