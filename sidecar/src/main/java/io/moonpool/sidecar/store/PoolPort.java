// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import org.agrona.DirectBuffer;

/**
 * The pool beyond this host, as the store's thread sees it: told what is here, asked for what is
 * not. Nothing here waits.
 */
public interface PoolPort {

    /** Whether blocks of other hosts can be had at all right now. */
    boolean isOpen();

    /** An object became visible here; {@code hash} holds 32 bytes, valid during the call. */
    void published(int layout, long epoch, long number, DirectBuffer hash);

    /** An object is no longer here. */
    void retracted(int layout, long epoch, long number, DirectBuffer hash);

    /** A reset is durable here. */
    void raised(String tenant, byte[] namespaceDigest, long epoch);

    /** How many more changes are taken at once; what comes beyond is lost and must be announced. */
    int room();

    /** Brings what can be had of these blocks, and ends with {@link PoolAccess#done}. */
    void bring(StagingJob job);

    /** One host, no other. */
    PoolPort NONE =
            new PoolPort() {
                @Override
                public boolean isOpen() {
                    return false;
                }

                @Override
                public void published(int layout, long epoch, long number, DirectBuffer hash) {}

                @Override
                public void retracted(int layout, long epoch, long number, DirectBuffer hash) {}

                @Override
                public void raised(String tenant, byte[] namespaceDigest, long epoch) {}

                @Override
                public int room() {
                    return 0;
                }

                @Override
                public void bring(StagingJob job) {}
            };
}
