// SPDX-License-Identifier: Apache-2.0
package io.moonpool.cli;

import io.moonpool.pool.http.PortOwner;
import io.moonpool.pool.master.flags.MasterConfig.Listener;

/** Somebody else listens where this process was told to. */
final class PortTaken extends Exception {
    private static final long serialVersionUID = 1L;

    PortTaken(Listener listener, Throwable cause) {
        super(
                "%s: port %d at %s is taken by %s; end that process, or name another port"
                        .formatted(
                                listener.portFlag(),
                                listener.port(),
                                listener.host(),
                                PortOwner.of(listener.port())
                                        .orElse("a process that this user can't see")),
                cause);
    }
}
