// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import java.nio.file.Path;

/**
 * Somebody serves there already. Has an exit status of its own, because for who wanted a sidecar to
 * run it is no failure.
 */
public final class AlreadyRunningException extends Exception {
    private static final long serialVersionUID = 1L;

    public AlreadyRunningException(Path socket) {
        super(
                "socket: '%s' is in use by a running process; use that one, or name another with --socket"
                        .formatted(socket));
    }

    public AlreadyRunningException(String field, Path directory) {
        super(
                "%s: '%s' is in use by a running sidecar; name another with --%1$s"
                        .formatted(field, directory));
    }
}
