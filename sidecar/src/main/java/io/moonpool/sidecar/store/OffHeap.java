// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.lang.foreign.Arena;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Private memory outside the heap, as Agrona buffers: bounds-checked, but without the checks of
 * lifetime and alignment that a segment makes at every access, which were half of a lookup's time.
 * The arena's owner closes it when nothing turns any more.
 */
final class OffHeap {

    private OffHeap() {}

    /** Zeroed and aligned to eight bytes. */
    static UnsafeBuffer allocate(Arena memory, int bytes) {
        return new UnsafeBuffer(memory.allocate(bytes, Long.BYTES).asByteBuffer());
    }
}
