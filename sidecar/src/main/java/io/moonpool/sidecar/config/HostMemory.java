// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How much memory an arena could take: of the machine, of the control group this process runs in,
 * and of the tmpfs. All three bound it, and the first two end in a killed process when they are
 * ignored.
 */
record HostMemory(long ramAvailable, Optional<Group> group, long tmpfsFree, long tmpfsBytes) {
    private static final long UNLIMITED = 1L << 60;

    /** A control group with a limit. */
    record Group(long limit, long used) {
        long free() {
            return Math.max(0, limit - used);
        }
    }

    /** The files of one hierarchy: version 2, and the memory controller of version 1. */
    private record Hierarchy(String mount, String limit, String usage, String inactive) {}

    private static final Hierarchy V2 =
            new Hierarchy("sys/fs/cgroup", "memory.max", "memory.current", "inactive_file");
    private static final Hierarchy V1 =
            new Hierarchy(
                    "sys/fs/cgroup/memory",
                    "memory.limit_in_bytes",
                    "memory.usage_in_bytes",
                    "total_inactive_file");

    static HostMemory read(Path arenaDir) throws IOException {
        FileStore tmpfs = Files.getFileStore(arenaDir);
        Path root = Path.of("/");
        return new HostMemory(
                ramAvailable(root), group(root), tmpfs.getUsableSpace(), tmpfs.getTotalSpace());
    }

    long free() {
        long machine = Math.min(ramAvailable, tmpfsFree);
        return group.map(limited -> Math.min(machine, limited.free())).orElse(machine);
    }

    static long ramAvailable(Path root) throws IOException {
        return field(root.resolve("proc/meminfo"), "MemAvailable:") << 10;
    }

    /** The tightest limit on the way from this process's group up to the root. */
    static Optional<Group> group(Path root) throws IOException {
        Optional<Group> tightest = Optional.empty();
        for (String line : Files.readAllLines(root.resolve("proc/self/cgroup"))) {
            String[] parts = line.split(":", 3);
            boolean memory = List.of(parts[1].split(",")).contains("memory");
            if (!memory && !parts[1].isEmpty()) {
                continue;
            }
            Hierarchy hierarchy = memory ? V1 : V2;
            Path mount = root.resolve(hierarchy.mount());
            Path group = mount.resolve(parts[2].substring(1)).normalize();
            for (; group.startsWith(mount); group = group.getParent()) {
                Optional<Group> here = limited(group, hierarchy);
                if (tightest.isEmpty()
                        || here.isPresent() && here.get().free() < tightest.get().free()) {
                    tightest = here;
                }
            }
        }
        return tightest;
    }

    /** Cached pages that nobody used lately are counted as free: the kernel drops them first. */
    private static Optional<Group> limited(Path group, Hierarchy hierarchy) throws IOException {
        OptionalLong limit = number(group.resolve(hierarchy.limit()));
        OptionalLong usage = number(group.resolve(hierarchy.usage()));
        if (limit.isEmpty() || usage.isEmpty() || limit.getAsLong() >= UNLIMITED) {
            return Optional.empty();
        }
        long inactive = field(group.resolve("memory.stat"), hierarchy.inactive());
        return Optional.of(new Group(limit.getAsLong(), Math.max(0, usage.getAsLong() - inactive)));
    }

    private static OptionalLong number(Path file) throws IOException {
        if (!Files.isReadable(file)) {
            return OptionalLong.empty();
        }
        String text = Files.readString(file).strip();
        return text.matches("\\d{1,18}")
                ? OptionalLong.of(Long.parseLong(text))
                : OptionalLong.of(UNLIMITED);
    }

    private static long field(Path file, String name) throws IOException {
        if (!Files.isReadable(file)) {
            return 0;
        }
        return Files.readAllLines(file).stream()
                .map(line -> line.split("\\s+"))
                .filter(words -> words.length > 1 && words[0].equals(name))
                .mapToLong(words -> Long.parseLong(words[1]))
                .findFirst()
                .orElse(0);
    }
}
