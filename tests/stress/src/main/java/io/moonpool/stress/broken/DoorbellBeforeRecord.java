// SPDX-License-Identifier: Apache-2.0
package io.moonpool.stress.broken;

import io.moonpool.shm.ring.Doorbell;
import io.moonpool.shm.ring.RingConsumer;
import io.moonpool.shm.ring.RingProducer;
import io.moonpool.stress.Rings;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** {@link io.moonpool.stress.DoorbellBeforeSleep} with a writer that rings before it writes. */
@JCStressTest
@Outcome(
        id = {"0, 0", "0, 1", "1, 1"},
        expect = Expect.ACCEPTABLE,
        desc = "no wake-up lost")
@Outcome(expect = Expect.FORBIDDEN, desc = "sleeps on the new value with the record unread")
@State
public class DoorbellBeforeRecord {
    private final MemorySegment memory = Rings.memory();
    private final RingProducer producer = new RingProducer(memory, Rings.CAPACITY);
    private final RingConsumer consumer = new RingConsumer(memory, Rings.CAPACITY);
    private final Doorbell doorbell = Doorbell.counting(Arena.ofAuto().allocate(64, 64), 0);
    private final UnsafeBuffer body = Rings.bodyOf(7);

    @Actor
    public void writer() {
        doorbell.ring();
        producer.offer(11, body, 0, 8);
    }

    @Actor
    public void sleeper(II_Result result) {
        result.r1 = doorbell.read();
        result.r2 = consumer.poll((type, buffer, offset, length) -> {}, 1);
    }
}
