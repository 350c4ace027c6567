// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.durable;

import io.moonpool.sidecar.config.Defaults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The directory of a sidecar's shared files on the tmpfs. Its name follows from user and data
 * directory, so that the next sidecar finds the arena of the last one; its lock says whether a
 * sidecar lives.
 */
public final class RuntimeDirectory {
    private static final String LOCK = "lock";

    private RuntimeDirectory() {}

    public static Path of(Path arenaDir, int uid, Path dataDir) {
        return arenaDir.resolve(prefix(uid) + Defaults.shortName(dataDir));
    }

    public static Path lockIn(Path directory) {
        return directory.resolve(LOCK);
    }

    /** A directory that was removed. */
    public record Removed(Path directory, long bytes) {}

    /** Removes what sidecars of this user left behind; those that live, and other users', stay. */
    public static List<Removed> removeOrphans(Path arenaDir, int uid) throws IOException {
        List<Removed> removed = new ArrayList<>();
        for (Path directory : candidates(arenaDir, uid)) {
            Optional<LockFile> lock = LockFile.tryTake(lockIn(directory), "clean\n");
            if (lock.isEmpty()) {
                continue;
            }
            try {
                removed.add(new Removed(directory, remove(directory)));
            } finally {
                lock.get().close();
            }
        }
        return removed;
    }

    private static List<Path> candidates(Path arenaDir, int uid) throws IOException {
        String pattern = prefix(uid) + "[0-9a-f]{8}";
        List<Path> directories = new ArrayList<>();
        try (Stream<Path> entries = Files.list(arenaDir)) {
            for (Path entry : entries.toList()) {
                if (entry.getFileName().toString().matches(pattern)
                        && Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)
                        && Files.getAttribute(entry, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                                .equals(uid)) {
                    directories.add(entry);
                }
            }
        }
        return directories;
    }

    /**
     * The lock goes last: as long as it has a name, nobody starts in a directory that is half gone.
     */
    private static long remove(Path directory) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(path -> !path.equals(lockIn(directory))).toList()) {
                bytes += Files.size(file);
                Files.delete(file);
            }
        }
        Files.delete(lockIn(directory));
        Files.delete(directory);
        return bytes;
    }

    private static String prefix(int uid) {
        return "moonpool-" + Integer.toUnsignedString(uid) + '-';
    }
}
