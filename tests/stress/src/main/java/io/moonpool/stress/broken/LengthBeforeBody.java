// SPDX-License-Identifier: Apache-2.0
package io.moonpool.stress.broken;

import io.moonpool.shm.layout.RingDescriptor;
import io.moonpool.shm.memory.Ordered;
import io.moonpool.shm.ring.RingConsumer;
import io.moonpool.stress.Rings;
import java.lang.foreign.MemorySegment;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** {@link io.moonpool.stress.RingPublication} with a writer that publishes the length first. */
@JCStressTest
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "not written yet")
@Outcome(id = "1, 7", expect = Expect.ACCEPTABLE, desc = "whole")
@Outcome(expect = Expect.FORBIDDEN, desc = "a length without its body")
@State
public class LengthBeforeBody {
    private final MemorySegment memory = Rings.memory();
    private final RingConsumer consumer = new RingConsumer(memory, Rings.CAPACITY);

    @Actor
    public void writer() {
        Ordered.intPlain(memory, RingDescriptor.TYPE_OFFSET, 11);
        Ordered.intRelease(memory, RingDescriptor.LENGTH_OFFSET, 16);
        Ordered.longRelease(memory, RingDescriptor.RECORD_HEADER_BYTES, 7);
    }

    @Actor
    public void reader(II_Result result) {
        result.r1 =
                consumer.poll(
                        (type, buffer, offset, length) -> result.r2 = buffer.getByte(offset), 1);
    }
}
