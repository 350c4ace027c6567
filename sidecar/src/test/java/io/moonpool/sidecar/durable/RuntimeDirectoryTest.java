// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.durable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.moonpool.pool.settings.ConfigException;
import io.moonpool.sidecar.config.Defaults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuntimeDirectoryTest {
    private final int uid = Defaults.ownUid();

    @TempDir private Path directory;

    @Test
    void removesOrphansAndKeepsWhatLives() throws Exception {
        Path orphan = runtime("/data/a");
        Path live = runtime("/data/b");
        Path stranger = Files.createDirectory(directory.resolve("moonpool-other"));
        try (LockFile lock =
                LockFile.tryTake(RuntimeDirectory.lockIn(live), "test").orElseThrow()) {
            assertThat(RuntimeDirectory.removeOrphans(directory, uid))
                    .containsExactly(new RuntimeDirectory.Removed(orphan, 5));
        }
        assertThat(live).exists();
        assertThat(stranger).exists();
        assertThat(orphan).doesNotExist();
    }

    @Test
    void lockIsHeldOnceAndFreeAfterClose() throws IOException {
        Path file = directory.resolve("lock");
        LockFile first = LockFile.tryTake(file, "first").orElseThrow();
        assertThat(LockFile.tryTake(file, "second")).isEmpty();
        first.close();
        try (LockFile second = LockFile.tryTake(file, "second").orElseThrow()) {
            assertThat(second).isNotNull();
        }
        assertThat(file).hasContent("second");
    }

    @Test
    void refusesADirectoryThatSomebodyElsePrepared() throws Exception {
        Path writable = Files.createDirectory(directory.resolve("writable"));
        Files.setPosixFilePermissions(writable, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertRefused(writable, "can be written by other users; remove it, or name another");
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory);
        assertRefused(link, "is no directory (a link does not count)");
        Path file = Files.createFile(directory.resolve("file"));
        assertRefused(file, "is no directory");
    }

    @Test
    void makesDirectoriesForItsUserOnly() throws Exception {
        Path made = directory.resolve("a/b");
        OwnedDirectory.create(made, "rwx------", "data-dir");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                .isEqualTo("rwx------");
    }

    private static void assertRefused(Path path, String problem) {
        assertThatThrownBy(() -> OwnedDirectory.create(path, "rwx------", "socket"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("socket: directory '" + path + "' " + problem);
    }

    private Path runtime(String dataDir) throws IOException {
        Path runtime = RuntimeDirectory.of(directory, uid, Path.of(dataDir));
        Files.createDirectory(runtime);
        Files.writeString(runtime.resolve("arena"), "bytes");
        return runtime;
    }
}
