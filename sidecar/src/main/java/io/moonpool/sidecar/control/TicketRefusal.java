// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

/** A ticket that buys no descriptors; the message is the line the client gets. */
public final class TicketRefusal extends Exception {
    private static final long serialVersionUID = 1L;

    public TicketRefusal(String message) {
        super(message);
    }
}
