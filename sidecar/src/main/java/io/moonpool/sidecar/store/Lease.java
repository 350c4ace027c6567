// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.sidecar.store.checksum.ChecksumTask;
import java.util.Arrays;

/**
 * A job's lease: pinned objects in entry order, and how far they are verified. Runs end in any
 * order; the mark follows the first that is not done.
 */
final class Lease extends SlotJob {

    /** Runs of one lease in flight at once. */
    static final int RUNS_MAX = 16;

    private static final int NOT_DONE = -1;

    int cell;

    /** Objects that stay when nobody checksums any more; all of them until the client releases. */
    int keptObjects;

    boolean released;
    boolean failed;
    int verifiedEntries;

    private final int[] goodOfRun = new int[RUNS_MAX];
    private final int[] sizeOfRun = new int[RUNS_MAX];
    private int firstRun;

    @Override
    void begin(Session owner, long id) {
        super.begin(owner, id);
        released = false;
        failed = false;
        verifiedEntries = 0;
        firstRun = 0;
        Arrays.fill(goodOfRun, NOT_DONE);
    }

    /** True when another run may be taken. */
    boolean wantsRun() {
        return !failed && !released && hasMore() && runsTaken() - firstRun < RUNS_MAX;
    }

    /** A run is done; returns true when the mark moved. */
    boolean runDone(ChecksumTask task) {
        int place = task.sequence % RUNS_MAX;
        goodOfRun[place] = task.good;
        sizeOfRun[place] = task.count;
        int before = verifiedEntries;
        while (!failed && firstRun < runsTaken() && goodOfRun[firstRun % RUNS_MAX] != NOT_DONE) {
            int head = firstRun % RUNS_MAX;
            verifiedEntries += goodOfRun[head];
            failed = goodOfRun[head] < sizeOfRun[head];
            goodOfRun[head] = NOT_DONE;
            firstRun++;
        }
        return failed || verifiedEntries > before;
    }

    /** True when every entry was verified. */
    boolean isComplete() {
        return !failed && !hasMore() && firstRun == runsTaken();
    }
}
