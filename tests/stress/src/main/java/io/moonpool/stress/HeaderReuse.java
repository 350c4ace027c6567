// SPDX-License-Identifier: Apache-2.0
package io.moonpool.stress;

import io.moonpool.shm.headers.SlotBody;
import java.lang.invoke.VarHandle;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IJ_Result;

/**
 * Who finds the same word before and after has read what that generation held, while the slot is
 * given to another.
 */
@JCStressTest
@Outcome(id = "1, 5", expect = Expect.ACCEPTABLE, desc = "same word, its body")
@Outcome(
        id = "0, .*",
        expect = Expect.ACCEPTABLE,
        desc = "another word: what was read is thrown away")
@Outcome(expect = Expect.FORBIDDEN, desc = "same word, but the body of the next generation")
@State
public class HeaderReuse {
    private final int slot = Slots.take();
    private final SlotBody next = Slots.body(6);

    public HeaderReuse() {
        Slots.HEADERS.reserve(slot, 1, Slots.body(5));
        Slots.HEADERS.commit(slot, 0);
    }

    @Actor
    public void agent() {
        Slots.HEADERS.free(slot, 2);
        Slots.HEADERS.reserve(slot, 2, next);
    }

    @Actor
    public void reader(IJ_Result result) {
        long before = Slots.HEADERS.word(slot);
        result.r2 = Slots.HEADERS.fields().objectNumber(slot);
        VarHandle.loadLoadFence();
        result.r1 = before >>> 8 == 1 && Slots.HEADERS.word(slot) == before ? 1 : 0;
    }
}
