// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.lang.foreign.Arena;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Private memory outside the heap, as Agrona buffers: bounds-checked, without a segment's checks of
 * lifetime and alignment at every access. The arena's owner closes it when nobody uses it any more.
 */
final class OffHeap {

    private OffHeap() {}

    /** Zeroed and aligned to eight bytes. */
    static UnsafeBuffer allocate(Arena memory, int bytes) {
        return new UnsafeBuffer(memory.allocate(bytes, Long.BYTES).asByteBuffer());
    }
}
