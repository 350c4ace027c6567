// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.embedded;

import io.moonpool.pool.state.Command;
import io.moonpool.pool.state.Directory;
import io.moonpool.pool.state.DirectoryConfig;
import io.moonpool.pool.state.Fact;
import io.moonpool.pool.state.Order;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory with a thread, a clock and a log. Commands are carried out in portions; what a
 * portion decided is written together, and answered afterwards.
 */
public final class DirectoryHost implements DirectoryAccess, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryHost.class);
    private static final int QUEUE_MAX = 16_384;
    private static final int PORTION_MAX = 256;
    private static final long TICK_MS = 50;
    private static final long STOP_MS = 5_000;

    private final HostClock clock = new HostClock();
    private final ArrayBlockingQueue<Task<?>> queue = new ArrayBlockingQueue<>(QUEUE_MAX);
    private final Directory directory;
    private final Durability durability;
    private final Thread thread;
    private final List<Task<?>> portion = new ArrayList<>();
    private final List<Fact> facts = new ArrayList<>();
    private final List<Order> orders = new ArrayList<>();
    private volatile OrderReceiver receiver = OrderReceiver.NOBODY;
    private volatile boolean stopping;
    private long nextTick;

    /** Something to do, and who waits for it. */
    private static final class Task<T> {
        private final TimedCommand<T> command;
        private final CompletableFuture<T> answer = new CompletableFuture<>();
        private T result;
        private Throwable failure;

        /** It left facts: its answer waits for them. */
        private boolean decided;

        private Task(TimedCommand<T> command) {
            this.command = command;
        }

        private void run(Directory directory, long now) {
            try {
                result = command.apply(directory, now);
            } catch (RuntimeException e) {
                failure = e;
            }
        }

        private void complete(NotDurable notDurable) {
            Throwable reason = failure == null && decided ? notDurable : failure;
            if (reason == null) {
                answer.complete(result);
            } else {
                answer.completeExceptionally(reason);
            }
        }
    }

    private DirectoryHost(Directory directory, Durability durability) {
        this.directory = directory;
        this.durability = durability;
        this.thread = Thread.ofPlatform().name("moonpool-directory").daemon().unstarted(this::turn);
    }

    /** With a log in {@code dataDir}; fails with a message that names what is in the way. */
    public static DirectoryHost open(Path dataDir, DirectoryConfig config) throws IOException {
        Directory directory = Directory.create(config);
        try {
            return start(directory, Durability.in(dataDir, directory));
        } catch (IOException | RuntimeException e) {
            directory.close();
            throw e;
        }
    }

    /** One that forgets everything when it ends. */
    public static DirectoryHost forgetful(DirectoryConfig config) {
        return start(Directory.create(config), Durability.none());
    }

    private static DirectoryHost start(Directory directory, Durability durability) {
        DirectoryHost host = new DirectoryHost(directory, durability);
        host.thread.start();
        return host;
    }

    /** Takes the place of the receiver before. */
    public void receiveOrders(OrderReceiver orderReceiver) {
        receiver = orderReceiver;
    }

    @Override
    public <T> CompletableFuture<T> command(TimedCommand<T> command) {
        Task<T> task = new Task<>(command);
        if (stopping || !queue.offer(task)) {
            task.answer.completeExceptionally(
                    new Overloaded(
                            stopping
                                    ? "the directory is shutting down; ask again later"
                                    : "the directory has %d commands waiting; ask again later"
                                            .formatted(QUEUE_MAX)));
        }
        return task.answer;
    }

    @Override
    public <T> CompletableFuture<T> query(Function<Directory, T> query) {
        return command((state, now) -> query.apply(state));
    }

    private void turn() {
        try {
            while (!stopping) {
                takePortion();
                long now = clock.millis();
                portion.forEach(task -> run(task, now));
                boolean ticks = now >= nextTick;
                if (ticks) {
                    nextTick = now + TICK_MS;
                    directory.tick(new Command.Tick(now));
                }
                conclude();
                if (ticks) {
                    tell(() -> receiver.onTick(directory));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("the directory ends because of an error of its own", e);
        } finally {
            end();
        }
    }

    private void run(Task<?> task, long now) {
        int before = facts.size();
        task.run(directory, now);
        directory.takeFacts(facts::add);
        task.decided = facts.size() > before;
    }

    private void takePortion() throws InterruptedException {
        portion.clear();
        Task<?> first = queue.poll(Math.max(0, nextTick - clock.millis()), TimeUnit.MILLISECONDS);
        if (first != null) {
            portion.add(first);
            queue.drainTo(portion, PORTION_MAX - 1);
        }
    }

    private void conclude() {
        directory.takeFacts(facts::add);
        directory.takeOrders(orders::add);
        NotDurable failure = durability.write(facts, directory);
        facts.clear();
        orders.forEach(order -> tell(() -> receiver.onOrder(order)));
        orders.clear();
        portion.forEach(task -> task.complete(failure));
    }

    /** Others' mistakes are not the end of the directory. */
    private static void tell(Runnable what) {
        try {
            what.run();
        } catch (RuntimeException e) {
            LOG.warn("orders could not be passed on", e);
        }
    }

    private void end() {
        stopping = true;
        takeRest();
        try {
            durability.close();
        } catch (IOException e) {
            LOG.warn("the directory's log was not closed cleanly: {}", e.toString());
        }
        directory.close();
    }

    private void takeRest() {
        List<Task<?>> rest = new ArrayList<>(portion);
        queue.drainTo(rest);
        for (Task<?> task : rest) {
            task.answer.completeExceptionally(
                    new Overloaded("the directory is shutting down; ask again later"));
        }
    }

    /** Waits for the thread to end, for a while. */
    @Override
    public void close() {
        stopping = true;
        try {
            // Not interrupted: a write that is would close the log's channel.
            if (!thread.join(Duration.ofMillis(STOP_MS))) {
                LOG.warn("the directory's thread did not end within {} ms", STOP_MS);
            }
            takeRest();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
