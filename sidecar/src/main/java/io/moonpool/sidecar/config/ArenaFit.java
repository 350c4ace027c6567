// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import io.moonpool.pool.settings.ConfigException;
import io.moonpool.shm.nativecalls.Errno;
import io.moonpool.shm.nativecalls.NativeCallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Asks, before a page is allocated, whether the arenas can fit at all, and says with which numbers
 * they do not.
 */
public final class ArenaFit {
    private ArenaFit() {}

    /** Files that are in {@code runtimeDir} already are adopted, so they need no new memory. */
    public static void check(SidecarConfig config, Path runtimeDir) throws ConfigException {
        try {
            long needed =
                    Math.max(0, config.arenaBytes() - arenasIn(runtimeDir, config.slabBytes()));
            HostMemory memory = HostMemory.read(config.arenaDir());
            if (needed > memory.free()) {
                throw tooLarge(config, needed, memory);
            }
        } catch (IOException e) {
            throw new ConfigException(
                    "arena-dir: '%s' can't be examined (%s); name a mounted tmpfs"
                            .formatted(config.arenaDir(), e.getMessage()));
        }
    }

    /** The same words for memory that ran out while it was being allocated. */
    public static ConfigException exhausted(SidecarConfig config) {
        try {
            return tooLarge(config, config.arenaBytes(), HostMemory.read(config.arenaDir()));
        } catch (IOException e) {
            return new ConfigException("arena-bytes: memory ran out; lower --arena-bytes");
        }
    }

    /** Whether this failure, or what caused it, is the file system's lack of space. */
    public static boolean isExhausted(Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            if (each instanceof NativeCallException call && call.errno() == Errno.ENOSPC) {
                return true;
            }
        }
        return false;
    }

    static ConfigException tooLarge(SidecarConfig config, long needed, HostMemory memory) {
        return new ConfigException(
                ("arena-bytes: %d bytes (%s) are needed and not there: RAM available %s, cgroup"
                                + " limit %s, tmpfs %s %s free of %s; lower --arena-bytes, or name a"
                                + " larger tmpfs with --arena-dir")
                        .formatted(
                                needed,
                                ByteSize.format(needed),
                                ByteSize.format(memory.ramAvailable()),
                                memory.group().map(ArenaFit::words).orElse("none"),
                                config.arenaDir(),
                                ByteSize.format(memory.tmpfsFree()),
                                ByteSize.format(memory.tmpfsBytes())));
    }

    private static String words(HostMemory.Group group) {
        return "%s (%s used)"
                .formatted(ByteSize.format(group.limit()), ByteSize.format(group.used()));
    }

    /** Arenas are whole slabs, and what is beside them is not memory to count on. */
    private static long arenasIn(Path directory, long slabBytes) throws IOException {
        if (!Files.isDirectory(directory)) {
            return 0;
        }
        long bytes = 0;
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                bytes += Files.size(file) / slabBytes * slabBytes;
            }
        }
        return bytes;
    }
}
