// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import io.moonpool.pool.state.DrainProgress;
import io.moonpool.pool.state.MemberId;
import io.moonpool.pool.state.MemberState;
import io.moonpool.pool.state.MemberView;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Mooncake's drain jobs, over the directory's drains. A drain belongs to its member and outlives
 * this process; what a job adds is a number for several of them. The job of a single member has the
 * member's own id, and so is found again after a restart.
 */
final class DrainJobs {
    private static final int JOBS_MAX = 10_000;

    /** Mooncake's JobStatus, in its order. */
    enum Status {
        CREATED,
        PLANNING,
        RUNNING,
        SUCCEEDED,
        FAILED,
        CANCELED
    }

    /** The members drained by one call. */
    private static final class Job {
        private final List<MemberId> members;
        private final List<String> names;
        private final long createdAtMs;
        private final Map<MemberId, DrainProgress> seen = new LinkedHashMap<>();
        private long updatedAtMs;
        private boolean cancelled;

        Job(List<MemberId> members, List<String> names, long createdAtMs) {
            this.members = List.copyOf(members);
            this.names = List.copyOf(names);
            this.createdAtMs = createdAtMs;
            this.updatedAtMs = createdAtMs;
        }
    }

    /** A job as it is now. */
    record View(
            String id,
            Status status,
            long createdAtMs,
            long updatedAtMs,
            List<String> segments,
            long moved,
            long dropped,
            long blocked,
            long left,
            long movedBytes) {}

    private final PoolView pool;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, Job> jobs =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Job> eldest) {
                    return size() > JOBS_MAX;
                }
            };

    DrainJobs(PoolView pool) {
        this.pool = pool;
    }

    synchronized String create(List<String> segments, List<String> targets) throws AdminFailure {
        List<MemberView> members = checked(segments, targets);
        List<MemberId> drained = new ArrayList<>();
        List<String> targetIds = new ArrayList<>();
        for (String target : targets) {
            targetIds.add(Segments.named(pool, target).getFirst().spec().id().toString());
        }
        for (MemberView member : members) {
            pool.drain(member.spec().id().toString(), targetIds);
            drained.add(member.spec().id());
        }
        String id = Names.of(drained.size() == 1 ? drained.getFirst() : newId());
        jobs.put(id, new Job(drained, segments, now()));
        return id;
    }

    private MemberId newId() {
        return new MemberId(random.nextLong(), random.nextLong());
    }

    private static long now() {
        return System.currentTimeMillis();
    }

    /** As Mooncake checks, and in its order. */
    private List<MemberView> checked(List<String> segments, List<String> targets)
            throws AdminFailure {
        if (segments.isEmpty() || new HashSet<>(segments).size() != segments.size()) {
            throw new AdminFailure(AdminError.INVALID_PARAMS);
        }
        List<MemberView> members = new ArrayList<>();
        for (String segment : segments) {
            members.add(onlyUsable(segment));
        }
        for (String target : targets) {
            if (segments.contains(target)) {
                throw new AdminFailure(AdminError.INVALID_PARAMS);
            }
            onlyUsable(target);
        }
        return members;
    }

    private MemberView onlyUsable(String segment) throws AdminFailure {
        List<MemberView> named = Segments.named(pool, segment);
        if (named.size() > 1) {
            throw new AdminFailure(
                    AdminError.INVALID_PARAMS,
                    "%d members are named '%s'; use one's id: %s"
                            .formatted(
                                    named.size(),
                                    segment,
                                    named.stream().map(one -> one.spec().id()).toList()));
        }
        if (Segments.status(named.getFirst()) != Segments.Status.OK) {
            throw new AdminFailure(AdminError.UNAVAILABLE_IN_CURRENT_STATUS);
        }
        return named.getFirst();
    }

    synchronized View query(String id) throws AdminFailure {
        return view(id, find(id));
    }

    synchronized void cancel(String id) throws AdminFailure {
        Job job = find(id);
        if (view(id, job).status() != Status.RUNNING) {
            throw new AdminFailure(AdminError.UNAVAILABLE_IN_CURRENT_STATUS);
        }
        for (MemberId member : job.members) {
            pool.cancelDrain(member.toString());
        }
        job.cancelled = true;
        job.updatedAtMs = now();
    }

    private Job find(String id) throws AdminFailure {
        Optional<MemberId> number = Names.id(id);
        if (number.isEmpty()) {
            throw new AdminFailure(AdminError.INVALID_PARAMS, "Missing or invalid job_id");
        }
        String normal = Names.of(number.get());
        Job known = jobs.get(normal);
        return known == null ? restored(number.get()) : known;
    }

    /** A drain that began before this process. */
    private Job restored(MemberId member) throws AdminFailure {
        Job job =
                pool.drains().stream()
                        .filter(drain -> drain.member().equals(member))
                        .findFirst()
                        .map(drain -> new Job(List.of(member), List.of(drain.name()), now()))
                        .orElseThrow(() -> new AdminFailure(AdminError.JOB_NOT_FOUND));
        jobs.put(Names.of(member), job);
        return job;
    }

    private View view(String id, Job job) throws AdminFailure {
        if (!job.cancelled) {
            for (DrainProgress drain : pool.drains()) {
                if (job.members.contains(drain.member())
                        && !drain.equals(job.seen.put(drain.member(), drain))) {
                    job.updatedAtMs = now();
                }
            }
        }
        return new View(
                id,
                status(job),
                job.createdAtMs,
                job.updatedAtMs,
                job.names,
                job.seen.values().stream().mapToLong(DrainProgress::objectsMoved).sum(),
                job.seen.values().stream().mapToLong(DrainProgress::objectsDropped).sum(),
                left(job, true),
                left(job, false),
                job.seen.values().stream().mapToLong(DrainProgress::bytesMoved).sum());
    }

    /** What a silent member still has can't move: it is blocked. */
    private static long left(Job job, boolean silent) {
        return job.seen.values().stream()
                .filter(drain -> isSilent(drain) == silent)
                .mapToLong(DrainProgress::objectsLeft)
                .sum();
    }

    private static boolean isSilent(DrainProgress drain) {
        return drain.state() == MemberState.SUSPECT || drain.state() == MemberState.GONE;
    }

    private static Status status(Job job) {
        if (job.cancelled) {
            return Status.CANCELED;
        }
        boolean gone =
                job.seen.values().stream().anyMatch(drain -> drain.state() == MemberState.GONE);
        if (gone) {
            return Status.FAILED;
        }
        boolean done =
                job.seen.keySet().containsAll(job.members)
                        && job.seen.values().stream()
                                .allMatch(drain -> drain.state() == MemberState.DRAINED);
        return done ? Status.SUCCEEDED : Status.RUNNING;
    }
}
