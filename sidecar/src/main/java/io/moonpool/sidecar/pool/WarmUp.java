// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import com.google.protobuf.ByteString;
import io.moonpool.pool.client.DirectoryLink;
import io.moonpool.pool.client.PeerCalls;
import io.moonpool.proto.v1.DescribeRequest;
import io.moonpool.proto.v1.LocateRequest;
import io.moonpool.transfer.spi.Access;
import io.moonpool.transfer.spi.Batch;
import io.moonpool.transfer.spi.LocalSegment;
import io.moonpool.transfer.spi.PeerAddress;
import io.moonpool.transfer.spi.PeerLink;
import io.moonpool.transfer.spi.Transport;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls this member as another one would, and the directory as a lookup does, before one does: the
 * first calls of each kind load classes and run uncompiled for longer than a lookup may wait. Each
 * kind is repeated until it is quick or its share of the time is spent.
 */
final class WarmUp {
    private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);

    private static final int BYTES = 1 << 16;
    private static final int DIGEST_BYTES = 32;
    private static final ByteString DIGEST = ByteString.copyFrom(new byte[DIGEST_BYTES]);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** Joining loads classes, too; where no directory answers, nobody waits for blocks anyway. */
    private static final Duration JOIN = Duration.ofSeconds(2);

    private static final int KINDS = 3;
    private static final long QUICK_NANOS = 1_500_000L;
    private static final int QUICK_IN_A_ROW = 8;

    private final Duration share;

    /** {@code budget}: for all kinds together. */
    WarmUp(Duration budget) {
        this.share = budget.dividedBy(KINDS);
    }

    /** One call, and its answer. */
    @FunctionalInterface
    private interface Call {
        void make() throws IOException, InterruptedException, ExecutionException, TimeoutException;
    }

    /** The ways to the own member. */
    void member(PeerCalls calls, String endpoint, Transport transport, PeerAddress address) {
        try {
            DescribeRequest nothing =
                    DescribeRequest.newBuilder().setLayout(DIGEST).setHashes(DIGEST).build();
            repeat(() ->
                    calls.describe(endpoint, nothing)
                            .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
            read(transport, address);
        } catch (IOException | ExecutionException | TimeoutException e) {
            LOG.warn("this member does not answer itself: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The way to the directory, if it is joined by then. */
    void directory(DirectoryLink directory) {
        try {
            if (directory.awaitJoined(JOIN)) {
                LocateRequest.Builder nothing =
                        LocateRequest.newBuilder().setLayout(DIGEST).setHashes(DIGEST);
                repeat(() -> directory.locate(nothing, share.toNanos()));
            }
        } catch (IOException | ExecutionException | TimeoutException e) {
            throw new IllegalStateException("a locate throws nothing", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void read(Transport transport, PeerAddress address)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        try (Arena memory = Arena.ofShared();
                LocalSegment scratch =
                        transport.register("warm-up", memory.allocate(BYTES), Access.LOCAL);
                PeerLink link = transport.connect(address)) {
            Batch batch = transport.newBatch(1);
            repeat(() -> {
                batch.add(PeerService.segment(0), 0, scratch, 0, BYTES);
                link.read(batch, PATIENCE);
                batch.await(PATIENCE);
                batch.clear();
            });
        }
    }

    private void repeat(Call call)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        long end = System.nanoTime() + share.toNanos();
        int quick = 0;
        while (quick < QUICK_IN_A_ROW && System.nanoTime() - end < 0) {
            long began = System.nanoTime();
            call.make();
            quick = System.nanoTime() - began < QUICK_NANOS ? quick + 1 : 0;
        }
    }
}
