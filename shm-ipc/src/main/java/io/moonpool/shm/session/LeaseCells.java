// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.session;

import static io.moonpool.shm.layout.LeaseCellDescriptor.BYTES;
import static io.moonpool.shm.layout.LeaseCellDescriptor.JOB_ID_OFFSET;
import static io.moonpool.shm.layout.LeaseCellDescriptor.MARK_OFFSET;
import static io.moonpool.shm.layout.LeaseCellDescriptor.VERIFYING;

import io.moonpool.shm.layout.LeaseCellDescriptor;
import io.moonpool.shm.memory.Ordered;
import java.lang.foreign.MemorySegment;

/**
 * The lease cells of a session: how far the entries of each lease are verified. Claimed by the
 * store agent, which alone writes the marks as its checking threads report. Never read back.
 * Allocates nothing.
 */
public final class LeaseCells {
    private final MemorySegment cells;
    private final int count;

    public LeaseCells(MemorySegment cells, int count) {
        this.cells = cells.asSlice(0, (long) count * BYTES);
        this.count = count;
    }

    public int count() {
        return count;
    }

    /** Gives a cell to a job with nothing verified; before the answer that names the cell. */
    public void claim(int cell, long jobId) {
        mark(cell, 0, VERIFYING);
        Ordered.longRelease(cells, (long) cell * BYTES + JOB_ID_OFFSET, jobId);
    }

    /**
     * Everything below {@code verifiedEntries} was checked since the lease was granted. Must never
     * go back.
     */
    public void mark(int cell, int verifiedEntries, int state) {
        // SYNC POINT: the checks of all entries below the mark happened before a client that loads
        // it (acquire) goes on.
        Ordered.longRelease(
                cells,
                (long) cell * BYTES + MARK_OFFSET,
                LeaseCellDescriptor.mark(verifiedEntries, state));
    }
}
