// SPDX-License-Identifier: Apache-2.0
package io.moonpool.stress;

import io.moonpool.shm.ring.RingConsumer;
import io.moonpool.shm.ring.RingProducer;
import java.lang.foreign.MemorySegment;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * A full ring: the reader gives room back while the writer wants it. Zeroes left behind never wipe
 * out what the writer puts in their place, and nothing is written where something is unread.
 */
@JCStressTest
@Outcome(id = "2, 0, 5", expect = Expect.ACCEPTABLE, desc = "two read, found full, five left")
@Outcome(
        id = "2, 1, 6",
        expect = Expect.ACCEPTABLE,
        desc = "two read, one written in their place, six left")
@Outcome(expect = Expect.FORBIDDEN, desc = "a record lost, invented or torn")
@State
public class RingReuse {
    private final MemorySegment memory = Rings.memory();
    private final RingProducer producer = new RingProducer(memory, Rings.CAPACITY);
    private final RingConsumer consumer = new RingConsumer(memory, Rings.CAPACITY);
    private final UnsafeBuffer body = Rings.bodyOf(7);

    public RingReuse() {
        for (int i = 0; i < 7; i++) {
            producer.offer(11, body, 0, Rings.BODY_BYTES);
        }
    }

    @Actor
    public void reader(III_Result result) {
        result.r1 = readWhole(2);
    }

    @Actor
    public void writer(III_Result result) {
        result.r2 = producer.offer(11, body, 0, Rings.BODY_BYTES) ? 1 : 0;
    }

    @Arbiter
    public void rest(III_Result result) {
        result.r3 = readWhole(100);
    }

    private int readWhole(int limit) {
        int[] torn = {0};
        int count =
                consumer.poll(
                        (type, buffer, offset, length) -> {
                            if (type != 11
                                    || buffer.getByte(offset) != 7
                                    || buffer.getByte(offset + length - 1) != 7) {
                                torn[0]++;
                            }
                        },
                        limit);
        return torn[0] == 0 ? count : -torn[0] - 1;
    }
}
