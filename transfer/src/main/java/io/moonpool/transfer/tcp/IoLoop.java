// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import io.moonpool.transfer.spi.EndCause;
import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * One I/O thread: a selector, the connections that are its own, the deadlines of batches, and an
 * inbox for what other threads want done here. It never waits for anything but its selector.
 */
final class IoLoop implements Runnable {
    private static final long TICK_NANOS_MAX = 100_000_000;
    private static final long TICK_NANOS_MIN = 2_000_000;
    private static final int STALE_EXPIRIES_MAX = 1024;
    private static final Duration JOIN_TIMEOUT = Duration.ofSeconds(5);

    /** The deadline of one run of a batch. */
    private record Expiry(long at, TcpBatch batch, long run) implements Comparable<Expiry> {
        @Override
        public int compareTo(Expiry other) {
            return Long.signum(at - other.at);
        }

        boolean isStale() {
            return batch.isDone() || batch.currentRun() != run;
        }
    }

    private final Selector selector;
    private final Thread thread;
    private final long tickNanos;
    private final Queue<Runnable> inbox = new ConcurrentLinkedQueue<>();
    private final Queue<Expiry> newExpiries = new ConcurrentLinkedQueue<>();
    private final PriorityQueue<Expiry> expiries = new PriorityQueue<>();
    private final Set<Connection> connections = new HashSet<>();
    private final IoVector vector = new IoVector();
    private int expiriesKept = STALE_EXPIRIES_MAX;
    private long nextTick;
    private volatile long wakesAt;
    private volatile boolean asleep;
    private volatile boolean ending;

    IoLoop(String name, TcpSettings settings) throws IOException {
        selector = Selector.open();
        thread = Thread.ofPlatform().daemon().name(name).unstarted(this);
        long shortest =
                List.of(
                                settings.patience().connectTimeout(),
                                settings.patience().silenceTimeout(),
                                settings.patience().keepAlive(),
                                settings.guestPatience().stallTimeout(),
                                settings.guestPatience().idleTimeout())
                        .stream()
                        .mapToLong(Duration::toNanos)
                        .min()
                        .orElseThrow();
        tickNanos = Math.clamp(shortest / 4, TICK_NANOS_MIN, TICK_NANOS_MAX);
    }

    void start() {
        thread.start();
    }

    Thread thread() {
        return thread;
    }

    /** Does it on this thread, soon. What is posted after the end of the loop is not done. */
    void post(Runnable task) {
        inbox.add(task);
        if (asleep) {
            selector.wakeup();
        }
    }

    /** Ends the run of the batch when its time is up. */
    void expire(TcpBatch batch, long run, long at) {
        newExpiries.add(new Expiry(at, batch, run));
        if (asleep && at - wakesAt < 0) {
            selector.wakeup();
        }
    }

    /** For this thread: buffers for the next system call. */
    IoVector vector() {
        return vector;
    }

    void add(Connection connection) {
        connections.add(connection);
    }

    void remove(Connection connection) {
        connections.remove(connection);
    }

    SelectionKey register(SelectableChannel channel, int operations, Connection connection)
            throws ClosedChannelException {
        return channel.register(selector, operations, connection);
    }

    /** Ends the thread after the inbox is empty; connections end with it. */
    void end() {
        ending = true;
        selector.wakeup();
    }

    void join() {
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            thread.join(JOIN_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void run() {
        try {
            while (!ending) {
                runInbox();
                passTime(System.nanoTime());
                select();
            }
        } catch (IOException e) {
            throw new IllegalStateException("the selector is broken: " + e.getMessage(), e);
        } finally {
            close();
        }
    }

    private void select() throws IOException {
        wakesAt = expiries.isEmpty() ? nextTick : earlier(nextTick, expiries.peek().at());
        asleep = true;
        if (ending || !inbox.isEmpty() || !newExpiries.isEmpty()) {
            asleep = false;
            selector.selectNow(this::serve);
            return;
        }
        long millis = (wakesAt - System.nanoTime() + 999_999) / 1_000_000;
        if (millis <= 0) {
            selector.selectNow(this::serve);
        } else {
            selector.select(this::serve, millis);
        }
        asleep = false;
    }

    private void serve(SelectionKey key) {
        asleep = false;
        Connection connection = (Connection) key.attachment();
        guarded(
                connection,
                () -> {
                    if (key.isValid()) {
                        connection.onReady(key.readyOps());
                    }
                });
    }

    private void passTime(long now) {
        for (Expiry added = newExpiries.poll(); added != null; added = newExpiries.poll()) {
            expiries.add(added);
        }
        while (!expiries.isEmpty() && now - expiries.peek().at() >= 0) {
            Expiry expired = expiries.poll();
            expired.batch().expire(expired.run());
        }
        if (expiries.size() > expiriesKept) {
            expiries.removeIf(Expiry::isStale);
            expiriesKept = Math.max(STALE_EXPIRIES_MAX, 2 * expiries.size());
        }
        if (now - nextTick >= 0) {
            nextTick = now + tickNanos;
            for (Connection connection : List.copyOf(connections)) {
                guarded(connection, () -> connection.onTick(now));
            }
        }
    }

    private void runInbox() {
        for (Runnable task = inbox.poll(); task != null; task = inbox.poll()) {
            task.run();
        }
    }

    /** What goes wrong with a connection ends that connection. */
    void guarded(Connection connection, IoStep step) {
        try {
            step.run();
        } catch (ConnectionFault e) {
            connection.end(e.endCause(), e.getMessage());
        } catch (CancelledKeyException e) {
            connection.end(EndCause.LOST, "closed meanwhile");
        } catch (IOException e) {
            connection.end(EndCause.LOST, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            vector.clear();
            connection.end(EndCause.INTERNAL, e.toString());
        }
    }

    private void close() {
        runInbox();
        for (Connection connection : List.copyOf(connections)) {
            connection.end(EndCause.CLOSED, "this side is closing");
        }
        try {
            selector.close();
        } catch (IOException e) {
            throw new IllegalStateException("the selector can't be closed: " + e.getMessage(), e);
        }
    }

    private static long earlier(long a, long b) {
        return a - b < 0 ? a : b;
    }

    /** One step of a connection's life. */
    @FunctionalInterface
    interface IoStep {
        void run() throws IOException;
    }
}
