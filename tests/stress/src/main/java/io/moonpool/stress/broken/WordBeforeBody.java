// SPDX-License-Identifier: Apache-2.0
package io.moonpool.stress.broken;

import io.moonpool.shm.layout.SlotHeaderDescriptor;
import io.moonpool.shm.memory.Ordered;
import io.moonpool.stress.Slots;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IJ_Result;

/** {@link io.moonpool.stress.HeaderPublication} with an agent that publishes the word first. */
@JCStressTest
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "free")
@Outcome(id = "1, 5", expect = Expect.ACCEPTABLE, desc = "reserved, with its body")
@Outcome(expect = Expect.FORBIDDEN, desc = "a word ahead of its body")
@State
public class WordBeforeBody {
    private final int slot = Slots.take();
    private final long header =
            Slots.HEADERS.slabHeadersOffset(0) + (long) slot * SlotHeaderDescriptor.BYTES;

    public WordBeforeBody() {
        Ordered.longRelease(Slots.memory(), header + SlotHeaderDescriptor.OBJECT_NUMBER_OFFSET, 0);
    }

    @Actor
    public void agent() {
        long word = SlotHeaderDescriptor.word(1, SlotHeaderDescriptor.RESERVED);
        Ordered.longRelease(Slots.memory(), header + SlotHeaderDescriptor.WORD_OFFSET, word);
        Ordered.longRelease(Slots.memory(), header + SlotHeaderDescriptor.OBJECT_NUMBER_OFFSET, 5);
    }

    @Actor
    public void reader(IJ_Result result) {
        int state = Slots.HEADERS.state(slot);
        if (state == SlotHeaderDescriptor.RESERVED) {
            result.r1 = state;
            result.r2 = Slots.HEADERS.fields().objectNumber(slot);
        }
    }
}
