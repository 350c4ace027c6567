// SPDX-License-Identifier: Apache-2.0
package io.moonpool.cli;

import io.moonpool.pool.settings.ConfigException;
import io.moonpool.sidecar.config.AlreadyRunningException;

/**
 * What the shell is told, in the numbers of sysexits.h. Arguments that can't be parsed end with
 * picocli's 2.
 */
final class ExitStatus {
    static final int OK = 0;

    /** {@code sidecar}, {@code master}: one serves there already; {@code status}: none does. */
    static final int UNAVAILABLE = 69;

    static final int INTERNAL = 70;
    static final int CONFIG = 78;

    private ExitStatus() {}

    static int of(Exception failure) {
        return switch (failure) {
            case ConfigException ignored -> CONFIG;
            case AlreadyRunningException ignored -> UNAVAILABLE;
            case PortTaken ignored -> UNAVAILABLE;
            default -> INTERNAL;
        };
    }
}
