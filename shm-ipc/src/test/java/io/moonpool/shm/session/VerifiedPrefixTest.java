// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.session;

import static io.moonpool.shm.layout.LeaseCellDescriptor.COMPLETE;
import static io.moonpool.shm.layout.LeaseCellDescriptor.FAILED;
import static io.moonpool.shm.layout.LeaseCellDescriptor.VERIFYING;
import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.shm.harness.Seeded;
import io.moonpool.shm.layout.LeaseCellDescriptor;
import io.moonpool.shm.memory.Ordered;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class VerifiedPrefixTest {
    private static final int CELL = 2;

    private final MemorySegment memory = Arena.ofAuto().allocate(4 * 64, 64);
    private final LeaseCells cells = new LeaseCells(memory, 4);

    @Test
    void aClaimedCellHasNothingVerified() {
        cells.mark(CELL, 99, COMPLETE);
        cells.claim(CELL, 77);

        assertThat(Ordered.longAcquire(memory, CELL * 64)).isEqualTo(77);
        assertMark(0, VERIFYING);
    }

    @Test
    void theMarkStopsBelowTheFirstEntryNotChecked() {
        VerifiedPrefix prefix = new VerifiedPrefix(cells, CELL, 4);
        prefix.checked(0, true);
        prefix.checked(2, true);
        assertMark(1, VERIFYING);

        prefix.checked(1, true);
        assertMark(3, VERIFYING);
        prefix.checked(3, true);
        assertMark(4, COMPLETE);
    }

    @Test
    void theMarkStopsForGoodAtAFailedEntry() {
        VerifiedPrefix prefix = new VerifiedPrefix(cells, CELL, 4);
        prefix.checked(2, false);
        assertMark(0, VERIFYING);

        prefix.checked(0, true);
        prefix.checked(1, true);
        assertMark(2, FAILED);
        prefix.checked(3, true);
        assertMark(2, FAILED);
    }

    @Test
    void aClientThatScribblesOnItsCellChangesNoDecision() {
        VerifiedPrefix prefix = new VerifiedPrefix(cells, CELL, 3);
        prefix.checked(0, true);
        Ordered.longRelease(memory, CELL * 64 + 8, -1);
        prefix.checked(1, true);

        assertMark(2, VERIFYING);
    }

    @Test
    void reportsInAnyOrderFromSeveralThreadsEndTheSame() {
        Seeded.runs(30, this::reportsFromThreads);
    }

    private void reportsFromThreads(Random random) throws Exception {
        int count = 1 + random.nextInt(300);
        int bad = random.nextBoolean() ? random.nextInt(count) : count;
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            order.add(i);
        }
        Collections.shuffle(order, random);
        cells.claim(CELL, 1);
        VerifiedPrefix prefix = new VerifiedPrefix(cells, CELL, count);
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            List<Future<?>> done = new ArrayList<>();
            for (int entry : order) {
                done.add(threads.submit(() -> prefix.checked(entry, entry != bad)));
            }
            for (Future<?> one : done) {
                one.get();
            }
        }
        assertMark(Math.min(bad, count), bad < count ? FAILED : COMPLETE);
    }

    private void assertMark(int verified, int state) {
        long mark = Ordered.longAcquire(memory, CELL * 64 + 8);
        assertThat(LeaseCellDescriptor.verifiedEntries(mark)).isEqualTo(verified);
        assertThat(LeaseCellDescriptor.state(mark)).isEqualTo(state);
    }
}
