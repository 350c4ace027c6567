// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.session;

import io.moonpool.shm.layout.Layouts;
import io.moonpool.shm.layout.LeaseCellDescriptor;
import io.moonpool.shm.layout.RingDescriptor;
import io.moonpool.shm.layout.SessionFileDescriptor;
import java.lang.foreign.MemorySegment;

/**
 * Where the parts of a session file are. The sidecar decides and remembers; the copy in the file is
 * for the client.
 */
public record SessionLayout(
        int leaseCellCount, int requestRingCapacity, int completionRingCapacity) {
    public SessionLayout {
        if (leaseCellCount < 0 || requestRingCapacity == 0 != (completionRingCapacity == 0)) {
            throw new IllegalArgumentException(
                    "a session has both rings or none: leaseCellCount="
                            + leaseCellCount
                            + ", requestRingCapacity="
                            + requestRingCapacity
                            + ", completionRingCapacity="
                            + completionRingCapacity);
        }
        if (requestRingCapacity != 0) {
            RingDescriptor.checkedCapacity(requestRingCapacity);
            RingDescriptor.checkedCapacity(completionRingCapacity);
        }
    }

    /** A scheduler talks and holds leases. */
    public static SessionLayout scheduler(
            int leaseCellCount, int requestCapacity, int completionCapacity) {
        return new SessionLayout(leaseCellCount, requestCapacity, completionCapacity);
    }

    /** A worker has the first page only: its lock and the heartbeat. */
    public static SessionLayout worker() {
        return new SessionLayout(0, 0, 0);
    }

    public boolean hasRings() {
        return requestRingCapacity != 0;
    }

    public int leaseCellsOffset() {
        return SessionFileDescriptor.LEASE_CELLS_OFFSET;
    }

    public int requestRingOffset() {
        return leaseCellsOffset() + pages(leaseCellCount * LeaseCellDescriptor.BYTES);
    }

    public int completionRingOffset() {
        return requestRingOffset() + pages(ringBytes(requestRingCapacity));
    }

    public long fileBytes() {
        return (long) completionRingOffset() + pages(ringBytes(completionRingCapacity));
    }

    public MemorySegment leaseCells(MemorySegment file) {
        return file.asSlice(leaseCellsOffset(), (long) leaseCellCount * LeaseCellDescriptor.BYTES);
    }

    public MemorySegment requestRing(MemorySegment file) {
        return file.asSlice(requestRingOffset(), ringBytes(requestRingCapacity));
    }

    public MemorySegment completionRing(MemorySegment file) {
        return file.asSlice(completionRingOffset(), ringBytes(completionRingCapacity));
    }

    private static int ringBytes(int capacity) {
        return capacity == 0 ? 0 : RingDescriptor.ringBytes(capacity);
    }

    private static int pages(int bytes) {
        return Math.toIntExact(Layouts.roundUp(bytes, Layouts.PAGE_BYTES));
    }
}
