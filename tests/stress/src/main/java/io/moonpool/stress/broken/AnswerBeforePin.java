// SPDX-License-Identifier: Apache-2.0
package io.moonpool.stress.broken;

import io.moonpool.shm.ring.RingConsumer;
import io.moonpool.shm.ring.RingProducer;
import io.moonpool.stress.Rings;
import io.moonpool.stress.Slots;
import java.lang.foreign.MemorySegment;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IJ_Result;

/** {@link io.moonpool.stress.PinBeforeAnswer} with an agent that answers first. */
@JCStressTest
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "no answer yet")
@Outcome(id = "1, 4", expect = Expect.ACCEPTABLE, desc = "answered and pinned")
@Outcome(expect = Expect.FORBIDDEN, desc = "answered without a pin")
@State
public class AnswerBeforePin {
    private final int slot = Slots.take();
    private final MemorySegment memory = Rings.memory();
    private final RingProducer producer = new RingProducer(memory, Rings.CAPACITY);
    private final RingConsumer consumer = new RingConsumer(memory, Rings.CAPACITY);
    private final UnsafeBuffer body = Rings.bodyOf(7);

    @Actor
    public void agent() {
        producer.offer(31, body, 0, 8);
        Slots.HEADERS.pinnedBy(slot, 4);
    }

    @Actor
    public void client(IJ_Result result) {
        if (consumer.poll((type, buffer, offset, length) -> {}, 1) == 1) {
            result.r1 = 1;
            result.r2 = Slots.HEADERS.pinnedBy(slot);
        }
    }
}
