// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.spi;

/** Memory of this process that a transport may use, from registration to {@link #close}. */
public interface LocalSegment extends AutoCloseable {
    Transport transport();

    String name();

    long bytes();

    Access access();

    /** False for memory that this process maps read-only: it can't be the target of a read. */
    boolean isWritable();

    /**
     * Deregisters. When it returns, the transport does not touch the memory any more: it may be
     * unmapped. Pieces of batches under way end with {@link Outcome#LOCAL_SEGMENT_GONE}; peers that
     * read from it get an error and no other bytes. Closing twice is no error.
     */
    @Override
    void close();
}
