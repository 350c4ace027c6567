// SPDX-License-Identifier: Apache-2.0
package io.moonpool.stress.broken;

import io.moonpool.shm.layout.LeaseCellDescriptor;
import io.moonpool.shm.memory.Ordered;
import io.moonpool.shm.session.LeaseCells;
import java.lang.foreign.MemorySegment;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/** {@link io.moonpool.stress.MarkAfterCheck} with an agent that promises before it has checked. */
@JCStressTest
@Outcome(id = "true", expect = Expect.ACCEPTABLE, desc = "covered")
@Outcome(expect = Expect.FORBIDDEN, desc = "a mark that covers an entry that nobody checked")
@State
public class MarkBeforeCheck {
    private final MemorySegment memory =
            MemorySegment.ofArray(new long[LeaseCellDescriptor.BYTES / Long.BYTES]);
    private final LeaseCells cells = new LeaseCells(memory, 1);
    private volatile int checked;

    @Actor
    public void agent() {
        cells.mark(0, 1, LeaseCellDescriptor.VERIFYING);
        checked = 1;
    }

    @Actor
    public void client(Z_Result result) {
        int verified =
                LeaseCellDescriptor.verifiedEntries(
                        Ordered.longAcquire(memory, LeaseCellDescriptor.MARK_OFFSET));
        result.r1 = verified == 0 || checked == 1;
    }
}
