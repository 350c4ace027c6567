// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.http;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Which process listens at a TCP port of this host, as far as /proc may be read. */
public final class PortOwner {
    private static final Path PROC = Path.of("/proc");
    private static final List<String> TABLES = List.of("net/tcp", "net/tcp6");
    private static final String LISTENING = "0A";
    private static final int LOCAL_ADDRESS = 1;
    private static final int STATE = 3;
    private static final int INODE = 9;
    private static final int HEXADECIMAL = 16;
    private static final int COMMAND_CHARACTERS_MAX = 80;

    private PortOwner() {}

    /** Such as "pid 4711 (redis-server *:6379)". */
    public static Optional<String> of(int port) {
        Set<String> sockets = sockets(port);
        if (sockets.isEmpty()) {
            return Optional.empty();
        }
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                if (has(process, sockets)) {
                    return Optional.of(
                            "pid " + process.getFileName() + " (" + command(process) + ")");
                }
            }
        } catch (IOException e) {
            return Optional.empty();
        }
        return Optional.empty();
    }

    /** As links of /proc/PID/fd read. */
    private static Set<String> sockets(int port) {
        Set<String> sockets = new HashSet<>();
        for (String table : TABLES) {
            try {
                for (String line : Files.readAllLines(PROC.resolve(table))) {
                    String[] columns = line.strip().split("\\s+");
                    if (columns.length > INODE
                            && columns[STATE].equals(LISTENING)
                            && portOf(columns[LOCAL_ADDRESS]) == port) {
                        sockets.add("socket:[" + columns[INODE] + "]");
                    }
                }
            } catch (IOException e) {
                // A host without IPv6 has one table.
                continue;
            }
        }
        return sockets;
    }

    private static int portOf(String address) {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1), HEXADECIMAL);
    }

    private static boolean has(Path process, Set<String> sockets) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path file : files) {
                if (sockets.contains(target(file))) {
                    return true;
                }
            }
        } catch (IOException e) {
            // Somebody else's process, or one that has just ended.
            return false;
        }
        return false;
    }

    private static String target(Path file) {
        try {
            return Files.readSymbolicLink(file).toString();
        } catch (IOException e) {
            return "";
        }
    }

    private static String command(Path process) {
        try {
            String command =
                    Files.readString(process.resolve("cmdline")).replace('\0', ' ').strip();
            return command.length() <= COMMAND_CHARACTERS_MAX
                    ? command
                    : command.substring(0, COMMAND_CHARACTERS_MAX) + "...";
        } catch (IOException e) {
            return "?";
        }
    }
}
