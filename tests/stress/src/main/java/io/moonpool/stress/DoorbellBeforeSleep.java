// SPDX-License-Identifier: Apache-2.0
package io.moonpool.stress;

import io.moonpool.shm.ring.Doorbell;
import io.moonpool.shm.ring.RingConsumer;
import io.moonpool.shm.ring.RingProducer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * No wake-up is lost. The kernel takes care of a value that changes after it was read; what is left
 * to us is that a reader who read the new value, and so would sleep on it, has found the record.
 */
@JCStressTest
@Outcome(
        id = "0, 0",
        expect = Expect.ACCEPTABLE,
        desc = "old value: the kernel won't let it sleep, or the wake comes")
@Outcome(
        id = "0, 1",
        expect = Expect.ACCEPTABLE,
        desc = "old value, record found: it goes round again")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "new value, record found")
@Outcome(
        id = "1, 0",
        expect = Expect.FORBIDDEN,
        desc = "sleeps on the new value with the record unread")
@State
public class DoorbellBeforeSleep {
    private final MemorySegment memory = Rings.memory();
    private final RingProducer producer = new RingProducer(memory, Rings.CAPACITY);
    private final RingConsumer consumer = new RingConsumer(memory, Rings.CAPACITY);
    private final Doorbell doorbell = Doorbell.counting(Arena.ofAuto().allocate(64, 64), 0);
    private final UnsafeBuffer body = Rings.bodyOf(7);

    @Actor
    public void writer() {
        producer.offer(11, body, 0, 8);
        doorbell.ring();
    }

    @Actor
    public void sleeper(II_Result result) {
        result.r1 = doorbell.read();
        result.r2 = consumer.poll((type, buffer, offset, length) -> {}, 1);
    }
}
