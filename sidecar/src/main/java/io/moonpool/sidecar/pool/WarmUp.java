// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import com.google.protobuf.ByteString;
import io.moonpool.pool.client.PeerCalls;
import io.moonpool.proto.v1.DescribeRequest;
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
 * Calls this member as another one would, before another one does: the first call of each kind
 * loads classes for longer than a lookup may wait.
 */
final class WarmUp {
    private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);

    private static final int TURNS = 20;
    private static final int BYTES = 1 << 16;
    private static final int DIGEST_BYTES = 32;
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private WarmUp() {}

    static void make(PeerCalls calls, String endpoint, Transport transport, PeerAddress address) {
        try {
            describe(calls, endpoint);
            read(transport, address);
        } catch (IOException | ExecutionException | TimeoutException e) {
            LOG.warn("this member does not answer itself: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void describe(PeerCalls calls, String endpoint)
            throws InterruptedException, ExecutionException, TimeoutException {
        DescribeRequest nothing =
                DescribeRequest.newBuilder()
                        .setLayout(ByteString.copyFrom(new byte[DIGEST_BYTES]))
                        .setHashes(ByteString.copyFrom(new byte[DIGEST_BYTES]))
                        .build();
        for (int i = 0; i < TURNS; i++) {
            calls.describe(endpoint, nothing).get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private static void read(Transport transport, PeerAddress address)
            throws IOException, InterruptedException {
        try (Arena memory = Arena.ofShared();
                LocalSegment scratch =
                        transport.register("warm-up", memory.allocate(BYTES), Access.LOCAL);
                PeerLink link = transport.connect(address)) {
            Batch batch = transport.newBatch(1);
            for (int i = 0; i < TURNS; i++) {
                batch.add(PeerService.segment(0), 0, scratch, 0, BYTES);
                link.read(batch, PATIENCE);
                batch.await(PATIENCE);
                batch.clear();
            }
        }
    }
}
