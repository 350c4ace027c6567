// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.embedded;

import io.moonpool.pool.state.Directory;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * A directory that belongs to another thread. The futures are completed by that thread, so
 * continuations belong on an executor, and what is run there must be short. They fail with {@link
 * io.moonpool.pool.state.Refusal} when the directory refuses, with {@link Overloaded} when its
 * queue is full, and with {@link NotDurable} when what it decided could not be written.
 */
public interface DirectoryAccess {

    /** A command, given the time that it has to carry. */
    @FunctionalInterface
    interface TimedCommand<T> {
        T apply(Directory directory, long now);
    }

    /** Completes when the command's facts are durable. Results may not be reused objects. */
    <T> CompletableFuture<T> command(TimedCommand<T> command);

    /** Reads; must change nothing. */
    <T> CompletableFuture<T> query(Function<Directory, T> query);
}
