// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.spi;

/** How a piece, or a whole batch, ended. */
public enum Outcome {
    OK,
    /** The owner of the batch took it back. */
    CANCELLED,
    TIMED_OUT,
    /** No connection to the peer, and none in the making. */
    UNREACHABLE,
    /** The connection broke under the piece, and it could not be tried again. */
    PEER_LOST,
    /** The peer has no segment of this name that others may see. */
    UNKNOWN_SEGMENT,
    /** The segment is registered without the right to read, or to write. */
    ACCESS_DENIED,
    OUT_OF_BOUNDS,
    /** The local segment was deregistered while the batch ran. */
    LOCAL_SEGMENT_GONE,
    /** Too much is waiting for this peer already; nothing was sent. */
    OVERLOADED,
    /** The link or the transport was closed. */
    CLOSED;

    public boolean isOk() {
        return this == OK;
    }
}
