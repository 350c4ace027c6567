// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.conformance;

import io.moonpool.transfer.spi.PeerAddress;

/** A way to a peer that a test can break. */
public interface Path extends AutoCloseable {
    /** Connect to this instead of the peer itself. */
    PeerAddress address();

    /** From now on nothing arrives in either direction, as if the peer had been stopped. */
    void freeze();

    /** What was held back goes on. */
    void thaw();

    /** Breaks what is connected now; new connections work. */
    void cut();

    /** The peer is gone: connections break and none can be made. */
    void kill();

    @Override
    void close();
}
