// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedFileTest {
    private static final long ARENA_BYTES = (5L << 30) + 4096;

    @TempDir private Path directory;

    @Test
    void isForItsOwnerAlone() throws IOException {
        try (SharedFile file = SharedFile.create(path(), 8192)) {
            assertThat(Files.getPosixFilePermissions(file.path()))
                    .isEqualTo(PosixFilePermissions.fromString("rw-------"));
            assertThat(Files.size(path())).isEqualTo(8192);
        }
    }

    @Test
    void keepsItsBytesAndItsIdOverClosing() throws IOException {
        FileId id;
        try (SharedFile file = SharedFile.create(path(), 8192)) {
            file.map().set(ValueLayout.JAVA_LONG, 4096, 42);
            id = file.id();
        }
        try (SharedFile file = SharedFile.openExisting(path(), 8192)) {
            assertThat(file.map().get(ValueLayout.JAVA_LONG, 4096)).isEqualTo(42);
            assertThat(file.id()).isEqualTo(id);
        }
    }

    @Test
    void anotherFileHasAnotherId() throws IOException {
        try (SharedFile one = SharedFile.create(path(), 4096);
                SharedFile other = SharedFile.create(directory.resolve("other"), 4096)) {
            assertThat(one.id()).isNotEqualTo(other.id());
        }
    }

    @Test
    void mapsAnArenaOfMoreThanTwoGibibytes() throws IOException {
        try (SharedFile file = SharedFile.create(path(), ARENA_BYTES)) {
            file.allocate(ARENA_BYTES - 4096, 4096);
            file.map().set(ValueLayout.JAVA_LONG, ARENA_BYTES - 8, 42);

            assertThat(file.map().byteSize()).isEqualTo(ARENA_BYTES);
            assertThat(file.map().get(ValueLayout.JAVA_LONG, ARENA_BYTES - 8)).isEqualTo(42);
        }
    }

    @Test
    void allocatesPagesWhereThereWereHoles() throws IOException {
        try (SharedFile file = SharedFile.create(path(), 1 << 20)) {
            long before = blocks();
            file.allocate(0, 1 << 20);

            assertThat(blocks() - before).isGreaterThanOrEqualTo((1 << 20) / 512);
        }
    }

    @Test
    void refusesAnExistingFileOfAnotherSize() throws IOException {
        SharedFile.create(path(), 8192).close();

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> SharedFile.openExisting(path(), 4096))
                .withMessageContaining("bytes=8192, expected=4096");
    }

    @Test
    void namesThePathThatIsMissing() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> SharedFile.openExisting(path(), 4096))
                .withMessageContaining("open failed with ENOENT")
                .withMessageContaining(path().toString());
    }

    @Test
    void usedAfterClosingThrowsAndReadsNothing() throws IOException {
        SharedFile file = SharedFile.create(path(), 4096);
        MemorySegment memory = file.map();
        file.close();

        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> memory.get(ValueLayout.JAVA_BYTE, 0));
    }

    private Path path() {
        return directory.resolve("file");
    }

    /** Blocks of 512 bytes that the file has, as stat(1) tells. */
    private long blocks() throws IOException {
        Process stat = new ProcessBuilder("stat", "-c", "%b", path().toString()).start();
        return Long.parseLong(
                new String(stat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                        .strip());
    }
}
