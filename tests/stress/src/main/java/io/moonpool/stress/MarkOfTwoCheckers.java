// SPDX-License-Identifier: Apache-2.0
package io.moonpool.stress;

import io.moonpool.shm.layout.LeaseCellDescriptor;
import io.moonpool.shm.memory.Ordered;
import io.moonpool.shm.session.LeaseCells;
import io.moonpool.shm.session.VerifiedPrefix;
import java.lang.foreign.MemorySegment;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/**
 * Two threads check the halves of a lease: whoever comes last, the mark ends complete and was never
 * ahead of a check.
 */
@JCStressTest
@Outcome(id = "true", expect = Expect.ACCEPTABLE, desc = "complete")
@Outcome(expect = Expect.FORBIDDEN, desc = "a report lost: the mark stands still for ever")
@State
public class MarkOfTwoCheckers {
    private static final int ENTRIES = 6;

    private final MemorySegment memory =
            MemorySegment.ofArray(new long[LeaseCellDescriptor.BYTES / Long.BYTES]);
    private final VerifiedPrefix prefix = new VerifiedPrefix(new LeaseCells(memory, 1), 0, ENTRIES);

    @Actor
    public void even() {
        for (int entry = 0; entry < ENTRIES; entry += 2) {
            prefix.checked(entry, true);
        }
    }

    @Actor
    public void odd() {
        for (int entry = 1; entry < ENTRIES; entry += 2) {
            prefix.checked(entry, true);
        }
    }

    @Arbiter
    public void end(Z_Result result) {
        long mark = Ordered.longAcquire(memory, LeaseCellDescriptor.MARK_OFFSET);
        result.r1 = mark == LeaseCellDescriptor.mark(ENTRIES, LeaseCellDescriptor.COMPLETE);
    }
}
