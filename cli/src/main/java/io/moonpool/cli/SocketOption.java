// SPDX-License-Identifier: Apache-2.0
package io.moonpool.cli;

import io.moonpool.sidecar.config.Defaults;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How a command finds the sidecar it speaks to. */
final class SocketOption {
    @Option(
            names = "--socket",
            paramLabel = "PATH",
            description = "the sidecar's socket (default: $MOONPOOL_SOCKET, or that of this user)")
    private Path socket;

    Path path() {
        return Optional.ofNullable(socket)
                .or(() ->
                        Optional.ofNullable(System.getenv(Defaults.SOCKET_VARIABLE))
                                .filter(name -> !name.isBlank())
                                .map(Path::of))
                .orElseGet(() -> Defaults.socket(Defaults.ownUid()))
                .toAbsolutePath();
    }
}
