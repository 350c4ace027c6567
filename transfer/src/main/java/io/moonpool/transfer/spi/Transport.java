// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.spi;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;

/**
 * One way to move bytes between the registered segments of several processes. Usable by any thread.
 */
public interface Transport extends AutoCloseable {
    /** As in configuration: {@code tcp}. */
    String name();

    Set<Capability> capabilities();

    /** What peers pass to {@link #connect}. Wildcard addresses are the caller's to replace. */
    PeerAddress address();

    /**
     * Offers memory to batches of this process and, as {@code access} says, to peers under this
     * name. The memory must be native or mapped, usable by every thread, and stay so until the
     * segment is closed. It may be larger than 2 GiB.
     */
    LocalSegment register(String name, MemorySegment memory, Access access);

    /**
     * Begins to connect and returns at once; batches may be submitted right away. Throws when an
     * endpoint makes no sense or its name can't be resolved.
     */
    PeerLink connect(PeerAddress peer) throws IOException;

    /** A batch for this transport's links, to be used again and again. */
    default Batch newBatch(int piecesMax) {
        return newBatch(piecesMax, null);
    }

    /** The same; what is done appears in the queue. */
    Batch newBatch(int piecesMax, CompletionQueue completions);

    List<DeviceCounters> counters();

    /** Closes links and segments, and ends every thread. Closing twice is no error. */
    @Override
    void close();
}
