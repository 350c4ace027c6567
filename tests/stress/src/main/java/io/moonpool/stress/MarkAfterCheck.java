// SPDX-License-Identifier: Apache-2.0
package io.moonpool.stress;

import io.moonpool.shm.layout.LeaseCellDescriptor;
import io.moonpool.shm.memory.Ordered;
import io.moonpool.shm.session.LeaseCells;
import java.lang.foreign.MemorySegment;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** The store agent raises a mark entry by entry; a client that sees it sees what it covers. */
@JCStressTest
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "covered, and in order")
@Outcome(
        expect = Expect.FORBIDDEN,
        desc = "a mark that went back, or covers an entry that nobody checked")
@State
public class MarkAfterCheck {
    private final MemorySegment memory =
            MemorySegment.ofArray(new long[LeaseCellDescriptor.BYTES / Long.BYTES]);
    private final LeaseCells cells = new LeaseCells(memory, 1);
    private final int[] checked = new int[2];

    @Actor
    public void agent() {
        checked[0] = 1;
        cells.mark(0, 1, LeaseCellDescriptor.VERIFYING);
        checked[1] = 1;
        cells.mark(0, 2, LeaseCellDescriptor.COMPLETE);
    }

    @Actor
    public void client(ZZ_Result result) {
        int before = mark();
        boolean covered = before < 1 || checked[0] == 1;
        covered &= before < 2 || checked[1] == 1;
        result.r1 = covered;
        result.r2 = mark() >= before;
    }

    private int mark() {
        return LeaseCellDescriptor.verifiedEntries(
                Ordered.longAcquire(memory, LeaseCellDescriptor.MARK_OFFSET));
    }
}
