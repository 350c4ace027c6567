// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import com.google.protobuf.ByteString;
import io.moonpool.pool.client.DirectoryLink;
import io.moonpool.proto.v1.LocateReply;
import io.moonpool.proto.v1.LocateRequest;
import io.moonpool.sidecar.store.StagingJob;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Brings what lookups miss from other members; a virtual thread a job, as most of it is waiting.
 */
final class Bringer implements AutoCloseable {

    /** A directory that is silent costs a reader so much. */
    private static final long LOCATE_NANOS = 150_000_000L;

    private static final long CLOSE_SECONDS = 3;

    private final DirectoryLink directory;
    private final GroupFetch.Surroundings around;
    private final ExecutorService jobs =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("bring-", 0).factory());

    Bringer(DirectoryLink directory, GroupFetch.Surroundings around) {
        this.directory = directory;
        this.around = around;
    }

    void bring(StagingJob job) {
        try {
            jobs.execute(() -> run(job));
        } catch (RejectedExecutionException e) {
            around.store().done(job);
        }
    }

    private void run(StagingJob job) {
        try {
            fetch(job);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            around.complaints().broken(e);
        } finally {
            around.store().done(job);
        }
    }

    private void fetch(StagingJob job) throws InterruptedException {
        List<Places> places = new ArrayList<>();
        List<BitSet> available = new ArrayList<>();
        for (StagingJob.Ask ask : job.groups()) {
            Places here = locate(job, ask);
            BitSet both = here.somewhere();
            both.or(ask.here());
            places.add(here);
            available.add(both);
        }
        Reach reach = new Reach(job, available);
        long boundary = reach.boundary();
        for (int group = 0; boundary > 0 && group < job.groups().size(); group++) {
            int[] missing = reach.missing(group, boundary);
            if (missing.length > 0) {
                new GroupFetch(around, job, group, places.get(group)).run(missing);
            }
        }
    }

    private Places locate(StagingJob job, StagingJob.Ask ask) {
        if (ask.here().cardinality() == ask.count()) {
            return Places.none(ask.count());
        }
        LocateReply reply = locate(ask, job.epoch());
        if (reply == null) {
            around.complaints().directorySilent();
            return Places.none(ask.count());
        }
        return Places.of(reply, ask.count());
    }

    private LocateReply locate(StagingJob.Ask ask, long epoch) {
        long began = System.nanoTime();
        try {
            return directory.locate(
                    LocateRequest.newBuilder()
                            .setLayout(ByteString.copyFrom(ask.layout().digest()))
                            .setEpoch(epoch)
                            .setHashes(ByteString.copyFrom(ask.hashes())),
                    LOCATE_NANOS);
        } finally {
            around.metrics().spent(FetchStep.LOCATE, began);
        }
    }

    @Override
    public void close() {
        jobs.shutdownNow();
        try {
            jobs.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
