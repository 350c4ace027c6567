// SPDX-License-Identifier: Apache-2.0
package io.moonpool.stress.broken;

import io.moonpool.shm.layout.LeaseCellDescriptor;
import io.moonpool.shm.memory.Ordered;
import io.moonpool.shm.session.LeaseCells;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * {@link io.moonpool.stress.MarkOfTwoCheckers} where each thread publishes what it counted, and an
 * older count comes last.
 */
@JCStressTest
@Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "complete")
@Outcome(expect = Expect.FORBIDDEN, desc = "the mark ends below what was checked")
@State
public class MarkWithoutOnePublisher {
    private final MemorySegment memory =
            MemorySegment.ofArray(new long[LeaseCellDescriptor.BYTES / Long.BYTES]);
    private final LeaseCells cells = new LeaseCells(memory, 1);
    private final AtomicIntegerArray good = new AtomicIntegerArray(2);

    @Actor
    public void first() {
        good.set(0, 1);
        publish();
    }

    @Actor
    public void second() {
        good.set(1, 1);
        publish();
    }

    @Arbiter
    public void end(I_Result result) {
        result.r1 =
                LeaseCellDescriptor.verifiedEntries(
                        Ordered.longAcquire(memory, LeaseCellDescriptor.MARK_OFFSET));
    }

    private void publish() {
        int verified = good.get(0) == 0 ? 0 : 1 + good.get(1);
        cells.mark(0, verified, LeaseCellDescriptor.VERIFYING);
    }
}
