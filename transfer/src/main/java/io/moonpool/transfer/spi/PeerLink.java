// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.spi;

import java.time.Duration;
import java.util.Optional;

/**
 * The way to one peer, kept up until it is closed: broken connections are made anew. Any thread may
 * use it; each batch belongs to one thread at a time.
 */
public interface PeerLink extends AutoCloseable {
    /**
     * Copies from the peer's segments into the local ones. Returns at once; the batch is done at
     * the deadline at the latest.
     */
    void read(Batch batch, Duration timeout);

    /**
     * Copies from the local segments into the peer's. A piece that did not end well may have been
     * written in part.
     */
    void write(Batch batch, Duration timeout);

    /** Whether a batch that is submitted now would be sent. */
    boolean isUp();

    /** Waits until the link is up; false when it is not by then, or the link was closed. */
    boolean awaitUp(Duration timeout) throws InterruptedException;

    /** Why the link was last not up, if it ever was not. */
    Optional<String> trouble();

    /** Ends running batches with {@link Outcome#CLOSED}. Closing twice is no error. */
    @Override
    void close();
}
