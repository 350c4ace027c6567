// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import com.google.protobuf.ByteString;
import io.moonpool.pool.client.DirectoryLink;
import io.moonpool.pool.log.LogLimiter;
import io.moonpool.proto.v1.MemberPlace;
import io.moonpool.proto.v1.ReportRequest;
import io.moonpool.sidecar.store.LayoutInfo;
import io.moonpool.transfer.spi.Batch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What went wrong with other members: told to the directory at once, to people once a while. */
final class Complaints {
    private static final Logger LOG = LoggerFactory.getLogger(Complaints.class);

    private static final int LINES_PER_MINUTE = 6;
    private static final int HASH_BYTES = 32;

    private final DirectoryLink directory;
    private final FetchMetrics metrics;
    private final LogLimiter limiter = new LogLimiter(LINES_PER_MINUTE);

    Complaints(DirectoryLink directory, FetchMetrics metrics) {
        this.directory = directory;
        this.metrics = metrics;
    }

    /** The directory did not say in time who has blocks. */
    void directorySilent() {
        metrics.lost(FetchLoss.DIRECTORY_SILENT, 1);
        limiter.log(kept -> LOG.warn("the directory did not say in time where blocks are"));
    }

    void unreachable(MemberPlace member, Throwable why) {
        metrics.lost(FetchLoss.OWNER_SILENT, 1);
        directory.report(
                ReportRequest.newBuilder()
                        .setMember(member.getMember())
                        .setWhat(ReportRequest.What.UNREACHABLE));
        limiter.log(kept ->
                LOG.warn(
                        "member {} at {} does not answer: {}",
                        member.getName(),
                        member.getPeerEndpoint(),
                        String.valueOf(why.getMessage())));
    }

    void failed(MemberPlace member, Batch batch) {
        metrics.lost(FetchLoss.READ_FAILED, 1);
        limiter.log(kept ->
                LOG.warn(
                        "reading from member {} failed: {} {}",
                        member.getName(),
                        batch.outcome(),
                        batch.reason()));
    }

    void notThere(MemberPlace member, LayoutInfo layout, long epoch, ByteString hashes) {
        metrics.lost(FetchLoss.NOT_THERE, hashes.size() / HASH_BYTES);
        directory.report(
                ReportRequest.newBuilder()
                        .setMember(member.getMember())
                        .setWhat(ReportRequest.What.NOT_THERE)
                        .setLayout(ByteString.copyFrom(layout.digest()))
                        .setEpoch(epoch)
                        .setHashes(hashes));
    }

    void stuck(int objects) {
        LOG.error(
                "a transport does not let go of {} slots: they stay reserved until the sidecar is"
                        + " restarted",
                objects);
    }

    /** A job ended by a bug. */
    void broken(Throwable bug) {
        metrics.lost(FetchLoss.BUG, 1);
        limiter.log(kept -> LOG.error("bringing blocks from other members failed", bug));
    }
}
