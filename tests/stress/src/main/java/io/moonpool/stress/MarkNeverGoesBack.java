// SPDX-License-Identifier: Apache-2.0
package io.moonpool.stress;

import io.moonpool.shm.layout.LeaseCellDescriptor;
import io.moonpool.shm.memory.Ordered;
import io.moonpool.shm.session.LeaseCells;
import io.moonpool.shm.session.VerifiedPrefix;
import java.lang.foreign.MemorySegment;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * Each of two checking threads looks at the mark like a client: it covers nothing unchecked and
 * never goes back.
 */
@JCStressTest
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "in order and covered")
@Outcome(
        expect = Expect.FORBIDDEN,
        desc = "a mark that went back, or covers an entry that nobody checked")
@State
public class MarkNeverGoesBack {
    private final MemorySegment memory =
            MemorySegment.ofArray(new long[LeaseCellDescriptor.BYTES / Long.BYTES]);
    private final VerifiedPrefix prefix = new VerifiedPrefix(new LeaseCells(memory, 1), 0, 2);
    private int[] work = new int[2];

    @Actor
    public void first(ZZ_Result result) {
        result.r1 = checksAndLooks(0);
    }

    @Actor
    public void second(ZZ_Result result) {
        result.r2 = checksAndLooks(1);
    }

    private boolean checksAndLooks(int entry) {
        work[entry] = 1;
        prefix.checked(entry, true);
        int before = mark();
        boolean covered = before < 1 || work[0] == 1;
        covered &= before < 2 || work[1] == 1;
        return covered && mark() >= before;
    }

    private int mark() {
        return LeaseCellDescriptor.verifiedEntries(
                Ordered.longAcquire(memory, LeaseCellDescriptor.MARK_OFFSET));
    }
}
