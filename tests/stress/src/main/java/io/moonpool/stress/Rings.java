// SPDX-License-Identifier: Apache-2.0
package io.moonpool.stress;

import io.moonpool.shm.layout.RingDescriptor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;

/** Small rings on the heap: thousands live at once, and the order of accesses is the same there. */
public final class Rings {
    public static final int CAPACITY = RingDescriptor.CAPACITY_MIN;

    /** A body of the longest kind, so that there is something to tear: 15 longs of one value. */
    public static final int BODY_BYTES = RingDescriptor.bodyBytesMax(CAPACITY);

    private Rings() {}

    public static MemorySegment memory() {
        return MemorySegment.ofArray(new long[RingDescriptor.ringBytes(CAPACITY) / Long.BYTES]);
    }

    public static UnsafeBuffer bodyOf(int value) {
        byte[] body = new byte[BODY_BYTES];
        Arrays.fill(body, (byte) value);
        return new UnsafeBuffer(body);
    }
}
