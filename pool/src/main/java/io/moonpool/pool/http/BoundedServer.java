// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.http;

import com.linecorp.armeria.common.metric.NoopMeterRegistry;
import com.linecorp.armeria.common.util.EventLoopGroups;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerPort;
import io.netty.channel.EventLoopGroup;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An Armeria server as all of this process are set up: one event loop, no metrics of the library's,
 * and a stop that keeps to its time. By default its event loops take a quiet period of seconds to
 * end; connections are closed long before, so nobody has to wait for that.
 */
public final class BoundedServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BoundedServer.class);
    private static final Duration GRACE = Duration.ofMillis(200);
    private static final long STOP_MS = 500;

    private final EventLoopGroup loop;
    private final Server server;

    private BoundedServer(EventLoopGroup loop, Server server) {
        this.loop = loop;
        this.server = server;
    }

    /** Finishes {@code builder} and starts what it builds; fails with a CompletionException. */
    public static BoundedServer start(
            ServerBuilder builder, String threadName, int connectionsMax) {
        EventLoopGroup loop = EventLoopGroups.newEventLoopGroup(1, threadName);
        Server server =
                builder.workerGroup(loop, false)
                        .maxNumConnections(connectionsMax)
                        .gracefulShutdownTimeout(Duration.ZERO, GRACE)
                        .meterRegistry(NoopMeterRegistry.get())
                        .disableServerHeader()
                        // What peers cause is theirs; handlers log what is ours.
                        .unloggedExceptionsReportInterval(Duration.ZERO)
                        .build();
        BoundedServer started = new BoundedServer(loop, server);
        try {
            server.start().join();
            return started;
        } catch (RuntimeException e) {
            started.endLoop();
            throw e;
        }
    }

    /** The TCP port that it listens at. */
    public int port() {
        // Not activeLocalPort: to Armeria local is what loopback or every address is bound to.
        ServerPort active = Objects.requireNonNull(server.activePort(), "the server has started");
        return active.localAddress().getPort();
    }

    @Override
    public void close() {
        try {
            server.stop().get(STOP_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.debug("its loops end by themselves");
        } catch (ExecutionException e) {
            LOG.warn("a server did not stop cleanly: {}", e.getCause().toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        endLoop();
    }

    private void endLoop() {
        loop.shutdownGracefully(0, STOP_MS, TimeUnit.MILLISECONDS);
    }
}
