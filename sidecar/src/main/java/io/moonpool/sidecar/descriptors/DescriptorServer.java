// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.descriptors;

import io.moonpool.pool.log.LogLimiter;
import io.moonpool.shm.nativecalls.UnixListener;
import io.moonpool.shm.nativecalls.UnixSocket;
import io.moonpool.sidecar.control.SessionBook;
import io.moonpool.sidecar.control.StartFailure;
import io.moonpool.sidecar.store.StoreControl;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts connections on the descriptor socket and gives each a thread for its short conversation.
 * Every wait of a conversation has a deadline and their number is bounded, so a client that stalls
 * holds up nobody.
 */
public final class DescriptorServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DescriptorServer.class);
    private static final int BACKLOG = 128;
    private static final int CONVERSATIONS_MAX = 128;
    private static final int LINES_PER_MINUTE_MAX = 30;
    private static final Duration ACCEPT_WAIT = Duration.ofMillis(500);

    private final LogLimiter lines = new LogLimiter(LINES_PER_MINUTE_MAX);
    private final Semaphore free = new Semaphore(CONVERSATIONS_MAX);
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(
                    Thread.ofPlatform().daemon().name("moonpool-descriptors-", 0).factory());
    private final UnixListener listener;
    private final SessionBook book;
    private final StoreControl store;
    private volatile boolean closing;

    private DescriptorServer(UnixListener listener, SessionBook book, StoreControl store) {
        this.listener = listener;
        this.book = book;
        this.store = store;
    }

    /** Listens when it returns. */
    public static DescriptorServer start(Path socket, SessionBook book, StoreControl store)
            throws StartFailure {
        try {
            DescriptorServer server =
                    new DescriptorServer(UnixListener.listen(socket, BACKLOG), book, store);
            server.threads.execute(server::acceptLoop);
            return server;
        } catch (IOException e) {
            throw new StartFailure("the descriptor socket can't be opened: " + e.getMessage(), e);
        }
    }

    private void acceptLoop() {
        while (!closing) {
            try {
                listener.accept(ACCEPT_WAIT).ifPresent(this::serve);
            } catch (IOException e) {
                report("a connection could not be accepted", e);
                pause();
            }
        }
        listener.close();
    }

    /** Out of descriptors, most likely: it passes, and retrying at once would only burn a core. */
    private static void pause() {
        try {
            Thread.sleep(ACCEPT_WAIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(UnixSocket socket) {
        if (closing || !free.tryAcquire()) {
            socket.close();
            return;
        }
        threads.execute(() -> {
            try (socket) {
                new Conversation(socket, book, store).run();
            } catch (IOException | RuntimeException e) {
                report("a conversation ended early", e);
            } finally {
                free.release();
            }
        });
    }

    private void report(String what, Exception failure) {
        lines.log(suppressed ->
                LOG.atWarn()
                        .addKeyValue("suppressed", suppressed)
                        .log("{}: {}", what, failure.toString()));
    }

    @Override
    public void close() {
        closing = true;
        threads.shutdown();
        try {
            if (!threads.awaitTermination(ACCEPT_WAIT.toMillis() * 2, TimeUnit.MILLISECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
