// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store.checksum;

/**
 * Takes tasks from the store's thread and gives them back done. All methods are called by that
 * thread.
 */
public interface ChecksumPool extends AutoCloseable {

    /** A task to fill, or null: all are in flight, ask again after {@link #pollDone}. */
    ChecksumTask claim();

    void submit(ChecksumTask task);

    /** A task that is done, or null. {@link #recycle} it after use. */
    ChecksumTask pollDone();

    void recycle(ChecksumTask task);

    @Override
    void close();
}
