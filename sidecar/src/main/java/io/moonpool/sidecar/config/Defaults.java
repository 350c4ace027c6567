// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;

/** What holds when nothing was said and can't be said as a constant of {@link ConfigKey}. */
public final class Defaults {
    /** Names the socket on the client's side too, so both find each other without a flag. */
    public static final String SOCKET_VARIABLE = "MOONPOOL_SOCKET";

    private static final int CHECKSUM_THREADS_MAX = 4;

    private Defaults() {}

    /** The user this process runs as. */
    public static int ownUid() {
        try {
            return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException e) {
            throw new UncheckedIOException("/proc/self is not readable", e);
        }
    }

    /** The directory of the default socket; nobody else's to write in. */
    public static Path runDirectory(int uid) {
        return Path.of("/tmp/moonpool-" + uid);
    }

    public static Path socket(int uid) {
        return runDirectory(uid).resolve("sidecar.sock");
    }

    static int checksumThreads() {
        return Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, CHECKSUM_THREADS_MAX);
    }

    /**
     * One directory a socket: a sidecar is known by its socket, and two of them never share epochs.
     */
    static Path dataDirectory(Map<String, String> environment, Path socket, int uid) {
        Path moonpool = stateHome(environment).resolve("moonpool");
        return moonpool.resolve(socket.equals(socket(uid)) ? "default" : shortName(socket));
    }

    /** Where a master keeps what only it knows: a directory for each port. */
    public static Path masterDirectory(Map<String, String> environment, int rpcPort) {
        return stateHome(environment).resolve("moonpool").resolve("master-" + rpcPort);
    }

    private static Path stateHome(Map<String, String> environment) {
        return absolute(environment.get("XDG_STATE_HOME"))
                .or(() ->
                        absolute(environment.get("HOME")).map(home -> home.resolve(".local/state")))
                .orElse(Path.of("/var/lib"));
    }

    private static Optional<Path> absolute(String path) {
        return Optional.ofNullable(path).map(Path::of).filter(Path::isAbsolute);
    }

    /** Eight hex digits that stand for a path in the name of another one. */
    public static String shortName(Path path) {
        CRC32C crc = new CRC32C();
        crc.update(path.toString().getBytes(StandardCharsets.UTF_8));
        return String.format("%08x", crc.getValue());
    }
}
