// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.spi;

/**
 * Hears what an operator may want to know. Called on the transport's own threads: it must not wait.
 */
@FunctionalInterface
public interface TransportListener {
    TransportListener NONE = (peer, cause, detail) -> {};

    /**
     * A connection ended, or an attempt to make one failed. Once for each; how many of them become
     * lines of a log is the listener's affair.
     */
    void connectionEnded(String peer, EndCause cause, String detail);
}
