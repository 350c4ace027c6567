// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import io.moonpool.sidecar.store.GroupKind;
import io.moonpool.sidecar.store.StagingJob;
import java.util.BitSet;
import java.util.List;

/** How long a hit would be if these blocks were here, and which of them it takes. */
final class Reach {

    private final StagingJob job;
    private final List<BitSet> available;

    /** {@code available}: for each group the blocks that are here or can be had. */
    Reach(StagingJob job, List<BitSet> available) {
        this.job = job;
        this.available = available;
    }

    /** The longest boundary, or 0. */
    long boundary() {
        long limit = job.maxTokens();
        for (int group = 0; group < job.groups().size(); group++) {
            limit = Math.min(limit, reach(group));
        }
        long step = job.stepTokens();
        for (long end = limit - limit % step; end > job.localTokens(); end -= step) {
            if (windowsServe(end)) {
                return end;
            }
        }
        return 0;
    }

    /** Blocks of a group that a hit up to the boundary needs and this host lacks, in order. */
    int[] missing(int group, long boundary) {
        StagingJob.Ask ask = job.groups().get(group);
        BitSet needed = new BitSet();
        needed.set(first(ask, boundary), end(ask, boundary));
        needed.andNot(ask.here());
        return needed.stream().toArray();
    }

    private boolean windowsServe(long boundary) {
        for (int group = 0; group < job.groups().size(); group++) {
            StagingJob.Ask ask = job.groups().get(group);
            int first = first(ask, boundary);
            boolean gap = available.get(group).nextClearBit(first) < end(ask, boundary);
            if (isWindow(ask) && gap) {
                return false;
            }
        }
        return true;
    }

    /** Tokens up to which a group may serve. */
    private long reach(int group) {
        StagingJob.Ask ask = job.groups().get(group);
        if (ask.count() == 0) {
            return job.localTokens();
        }
        int blocks = isWindow(ask) ? ask.count() : available.get(group).nextClearBit(0);
        return (long) (ask.firstBlock() + blocks) * ask.layout().blockTokens();
    }

    private static int first(StagingJob.Ask ask, long boundary) {
        return isWindow(ask) ? Math.max(0, end(ask, boundary) - ask.windowBlocks()) : 0;
    }

    private static int end(StagingJob.Ask ask, long boundary) {
        return (int) (boundary / ask.layout().blockTokens()) - ask.firstBlock();
    }

    private static boolean isWindow(StagingJob.Ask ask) {
        return ask.layout().kind() == GroupKind.WINDOW;
    }
}
