// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.io.IOException;

/**
 * Remembers the epoch of each namespace across restarts. Safe for several threads; {@link #epoch}
 * answers from memory.
 */
public interface EpochLedger {

    /** The epoch of a namespace, 1 when it was never reset. */
    long epoch(String tenant, byte[] digest);

    /**
     * Returns when {@code epoch} would survive a crash of the host; a lower one than the present
     * changes nothing.
     */
    void raise(String tenant, byte[] digest, long epoch) throws IOException;
}
