// SPDX-License-Identifier: Apache-2.0
package io.moonpool.stress;

import static io.moonpool.shm.layout.SlotHeaderDescriptor.COMMITTED;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.FREE;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.state;

import io.moonpool.shm.headers.SlotBody;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IJJ_Result;

/**
 * The word publishes the body: what it names as reserved or committed has its fields, its pin and
 * its checksum.
 */
@JCStressTest
@Outcome(id = "0, 0, 0", expect = Expect.ACCEPTABLE, desc = "free")
@Outcome(id = "1, 5, 1", expect = Expect.ACCEPTABLE, desc = "reserved, with body and pin")
@Outcome(id = "2, 5, 77", expect = Expect.ACCEPTABLE, desc = "committed, with body and checksum")
@Outcome(expect = Expect.FORBIDDEN, desc = "a word ahead of what it publishes")
@State
public class HeaderPublication {
    private final int slot = Slots.take();
    private final SlotBody body = Slots.body(5);

    @Actor
    public void agent() {
        Slots.HEADERS.reserve(slot, 1, body);
        Slots.HEADERS.commit(slot, 77);
    }

    @Actor
    public void reader(IJJ_Result result) {
        int state = state(Slots.HEADERS.word(slot));
        if (state != FREE) {
            result.r1 = state;
            result.r2 = Slots.HEADERS.fields().objectNumber(slot);
            result.r3 =
                    state == COMMITTED
                            ? Slots.HEADERS.fields().crc32c(slot)
                            : Slots.HEADERS.pinnedBy(slot);
        }
    }
}
