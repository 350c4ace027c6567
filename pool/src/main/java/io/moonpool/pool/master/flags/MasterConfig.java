// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.flags;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What a master is told, checked. {@code notes} are said once, when the log is set up. */
public record MasterConfig(
        Listener rpc,
        Listener admin,
        Optional<Listener> metadata,
        boolean metadataOnly,
        boolean reporting,
        boolean tenantQuotas,
        Duration memberTimeout,
        Optional<Path> dataDir,
        Verbosity verbosity,
        List<String> notes) {

    /** Where something listens; {@code portFlag} and {@code hostFlag} are named in messages. */
    public record Listener(String host, int port, String portFlag, String hostFlag) {}

    /** How much the log says. */
    public enum Verbosity {
        ERRORS,
        WARNINGS,
        NORMAL,
        DETAILED
    }
}
