// SPDX-License-Identifier: Apache-2.0
package io.moonpool.bench.transfer;

import io.moonpool.transfer.spi.Access;
import io.moonpool.transfer.spi.Batch;
import io.moonpool.transfer.spi.LocalSegment;
import io.moonpool.transfer.spi.PeerAddress;
import io.moonpool.transfer.spi.PeerLink;
import io.moonpool.transfer.spi.TransportListener;
import io.moonpool.transfer.tcp.Endpoints;
import io.moonpool.transfer.tcp.TcpSettings;
import io.moonpool.transfer.tcp.TcpTransport;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/** The transport, with as many lanes as the plain client has connections. */
final class OurClient implements Reader, AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int PIECES_MAX = 256;

    private final TcpTransport transport;
    private final PeerLink link;
    private final LocalSegment target;
    private final Batch batch;

    OurClient(InetSocketAddress server, int lanes, MemorySegment memory)
            throws IOException, InterruptedException {
        TcpSettings settings =
                TcpSettings.of(TransferPlain.TOKEN).withIoThreads(lanes).withLanes(lanes);
        transport = TcpTransport.start(settings, TransportListener.NONE);
        target = transport.register("target", memory, Access.LOCAL);
        link =
                transport.connect(
                        new PeerAddress(TransferPlain.TOKEN, List.of(Endpoints.format(server))));
        batch = transport.newBatch(PIECES_MAX);
        if (!link.awaitUp(TIMEOUT)) {
            throw new IOException("no server at " + server + ": " + link.trouble().orElse(""));
        }
    }

    @Override
    public void read(long offset, long length, int pieces) throws Exception {
        batch.clear();
        for (int i = 0; i < pieces; i++) {
            long at = offset + i * length;
            batch.add(TransferPlain.SEGMENT, at, target, at, length);
        }
        link.read(batch, TIMEOUT);
        if (!batch.await(TIMEOUT) || !batch.outcome().isOk()) {
            throw new IOException("the read failed: " + batch.reason());
        }
    }

    @Override
    public void close() {
        transport.close();
    }
}
