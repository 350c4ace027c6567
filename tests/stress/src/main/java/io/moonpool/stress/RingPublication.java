// SPDX-License-Identifier: Apache-2.0
package io.moonpool.stress;

import io.moonpool.shm.ring.RingConsumer;
import io.moonpool.shm.ring.RingProducer;
import java.lang.foreign.MemorySegment;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A record is seen whole or not at all: type and every byte of the body come with the length. */
@JCStressTest
@Outcome(id = "0, 0, 0", expect = Expect.ACCEPTABLE, desc = "not written yet")
@Outcome(id = "11, 7, 7", expect = Expect.ACCEPTABLE, desc = "whole")
@Outcome(
        expect = Expect.FORBIDDEN,
        desc = "a length without its type or body, or a violation by an honest writer")
@State
public class RingPublication {
    private final MemorySegment memory = Rings.memory();
    private final RingProducer producer = new RingProducer(memory, Rings.CAPACITY);
    private final RingConsumer consumer = new RingConsumer(memory, Rings.CAPACITY);
    private final UnsafeBuffer body = Rings.bodyOf(7);

    @Actor
    public void writer() {
        producer.offer(11, body, 0, Rings.BODY_BYTES);
    }

    @Actor
    public void reader(III_Result result) {
        int count =
                consumer.poll(
                        (type, buffer, offset, length) -> {
                            result.r1 = type;
                            result.r2 = buffer.getByte(offset);
                            result.r3 = buffer.getByte(offset + length - 1);
                        },
                        1);
        if (count == RingConsumer.VIOLATION) {
            result.r1 = count;
        }
    }
}
