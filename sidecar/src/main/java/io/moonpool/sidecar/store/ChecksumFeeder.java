// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.sidecar.store.checksum.ChecksumPool;
import io.moonpool.sidecar.store.checksum.ChecksumTask;
import java.util.ArrayDeque;

/**
 * Hands the runs of leases and commits to the checksum threads, one run of each job in turn, so
 * that a large lease does not hold up a small one.
 */
final class ChecksumFeeder {

    private static final int JOBS_INITIAL = 1024;

    private final ChecksumPool pool;
    private final ObjectStore store;
    private final ArrayDeque<SlotJob> round = new ArrayDeque<>(JOBS_INITIAL);

    ChecksumFeeder(ChecksumPool pool, ObjectStore store) {
        this.pool = pool;
        this.store = store;
    }

    /** A job that has slots to checksum; feeds it at once if a task is free. */
    void add(SlotJob job) {
        if (!job.queued) {
            job.queued = true;
            round.addLast(job);
        }
    }

    /** The job is over. */
    void remove(SlotJob job) {
        if (job.queued) {
            job.queued = false;
            round.remove(job);
        }
    }

    /** Fills tasks as long as there are any; returns how many. */
    int feed() {
        int count = 0;
        int idleJobs = 0;
        while (!round.isEmpty() && idleJobs < round.size()) {
            SlotJob job = round.removeFirst();
            boolean verify = job instanceof Lease;
            if (!job.hasMore() || (job instanceof Lease lease && lease.failed)) {
                job.queued = false;
                continue;
            }
            round.addLast(job);
            if (job instanceof Lease waiting && !waiting.wantsRun()) {
                idleJobs++;
                continue;
            }
            ChecksumTask task = pool.claim();
            if (task == null) {
                break;
            }
            job.fill(task, store, verify);
            pool.submit(task);
            count++;
            idleJobs = 0;
        }
        return count;
    }
}
