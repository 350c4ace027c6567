// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.sidecar.store.GroupKind;
import io.moonpool.sidecar.store.LayoutInfo;
import io.moonpool.sidecar.store.ShardSpec;
import io.moonpool.sidecar.store.StagingJob;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** How long a hit would be, against trying every boundary. */
class ReachTest {
    private static final int ROUNDS = 5_000;

    @Test
    void isTheLongestBoundaryThatEveryGroupServes() {
        long seed =
                Optional.ofNullable(System.getenv("MOONPOOL_TEST_SEED"))
                        .map(Long::parseLong)
                        .orElseGet(System::nanoTime);
        Random random = new Random(seed);
        for (int i = 0; i < ROUNDS; i++) {
            StagingJob job = job(random);
            List<BitSet> available = available(job, random);
            Reach reach = new Reach(job, available);
            long boundary = reach.boundary();
            assertThat(boundary)
                    .as("MOONPOOL_TEST_SEED=%d, %s, available %s", seed, job, available)
                    .isEqualTo(tried(job, available));
            for (int group = 0; group < job.groups().size() && boundary > 0; group++) {
                for (int block : reach.missing(group, boundary)) {
                    assertThat(available.get(group).get(block)).as("seed %d", seed).isTrue();
                    assertThat(job.groups().get(group).here().get(block)).isFalse();
                }
            }
        }
    }

    private static long tried(StagingJob job, List<BitSet> available) {
        for (long end = job.maxTokens(); end > job.localTokens(); end--) {
            if (serves(job, available, end)) {
                return end;
            }
        }
        return 0;
    }

    private static boolean serves(StagingJob job, List<BitSet> available, long end) {
        for (int group = 0; group < job.groups().size(); group++) {
            StagingJob.Ask ask = job.groups().get(group);
            int blockTokens = ask.layout().blockTokens();
            if (end % job.stepTokens() != 0 || end % blockTokens != 0) {
                return false;
            }
            int last = (int) (end / blockTokens) - ask.firstBlock();
            boolean window = ask.layout().kind() == GroupKind.WINDOW;
            int first = window ? Math.max(0, last - ask.windowBlocks()) : 0;
            if (last > ask.count() || available.get(group).nextClearBit(first) < last) {
                return false;
            }
        }
        return true;
    }

    private static StagingJob job(Random random) {
        int align = 1 << random.nextInt(3);
        List<StagingJob.Ask> asks = new ArrayList<>();
        int step = align;
        int groups = 1 + random.nextInt(3);
        int[] tokens = new int[groups];
        for (int group = 0; group < groups; group++) {
            tokens[group] = 1 << random.nextInt(3);
            step = Math.max(step, tokens[group]);
        }
        long local = (long) step * random.nextInt(3);
        for (int group = 0; group < groups; group++) {
            boolean window = random.nextInt(3) == 0;
            int count = random.nextInt(12);
            asks.add(
                    new StagingJob.Ask(
                            layout(window ? GroupKind.WINDOW : GroupKind.FULL, tokens[group]),
                            window ? 1 + random.nextInt(4) : 0,
                            (int) (local / tokens[group]),
                            new byte[32 * count],
                            bits(random, count)));
        }
        return new StagingJob(1, 1, local, local + random.nextInt(40), step, asks);
    }

    private static LayoutInfo layout(GroupKind kind, int blockTokens) {
        return LayoutInfo.of(
                0,
                "default",
                new byte[32],
                "",
                0,
                kind,
                blockTokens,
                32,
                List.of(new ShardSpec(0, 1, 0, 1, 4096)));
    }

    private static List<BitSet> available(StagingJob job, Random random) {
        List<BitSet> available = new ArrayList<>();
        for (StagingJob.Ask ask : job.groups()) {
            BitSet both = bits(random, ask.count());
            both.or(ask.here());
            available.add(both);
        }
        return available;
    }

    private static BitSet bits(Random random, int count) {
        BitSet bits = new BitSet(count);
        for (int i = 0; i < count; i++) {
            bits.set(i, random.nextInt(4) > 0);
        }
        return bits;
    }
}
