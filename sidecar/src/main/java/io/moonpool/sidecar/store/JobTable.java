// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * The jobs of one kind of one session, by id. Instances are made up to the bound and then used
 * again.
 */
final class JobTable<J extends SlotJob> {

    private final int jobsMax;
    private final Supplier<J> maker;
    private final Long2ObjectHashMap<J> jobs = new Long2ObjectHashMap<>();
    private final ArrayList<J> idle = new ArrayList<>();

    JobTable(int jobsMax, Supplier<J> maker) {
        this.jobsMax = jobsMax;
        this.maker = maker;
    }

    boolean isFull() {
        return jobs.size() >= jobsMax;
    }

    J get(long jobId) {
        return jobs.get(jobId);
    }

    int size() {
        return jobs.size();
    }

    /** An instance to begin, which {@link #add} then shows under its id. */
    J claim() {
        return idle.isEmpty() ? maker.get() : idle.remove(idle.size() - 1);
    }

    void add(J job) {
        jobs.put(job.jobId, job);
    }

    /** The job is over, and nothing refers to it. */
    void remove(J job) {
        jobs.remove(job.jobId);
        giveBack(job);
    }

    /** An instance that was claimed and never added. */
    void giveBack(J job) {
        idle.add(job);
    }

    /** A copy, for those that end all of them. */
    List<J> all() {
        return new ArrayList<>(jobs.values());
    }
}
