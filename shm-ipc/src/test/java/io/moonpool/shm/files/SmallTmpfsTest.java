// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.moonpool.shm.nativecalls.Errno;
import io.moonpool.shm.nativecalls.MemoryAdvice;
import io.moonpool.shm.nativecalls.NativeCallException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A file system of 64 MiB: what is mapped is really there, and what is not there is never mapped.
 */
class SmallTmpfsTest {
    private static final long MIB = 1 << 20;

    @TempDir private Path directory;
    private boolean mounted;

    @BeforeEach
    void mount() throws Exception {
        mounted =
                run(
                        "mount",
                        "-t",
                        "tmpfs",
                        "-o",
                        "size=64m",
                        "moonpool-test",
                        directory.toString());
        assumeTrue(mounted, "mounting a tmpfs needs root");
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertThat(run("umount", directory.toString())).isTrue();
        }
    }

    @Test
    void refusesMoreThanThereIs() throws IOException {
        try (SharedFile file = SharedFile.create(directory.resolve("arena"), 80 * MIB)) {
            assertThatExceptionOfType(NativeCallException.class)
                    .isThrownBy(() -> file.allocate(0, 80 * MIB))
                    .withMessageContaining("fallocate failed with ENOSPC")
                    .withMessageContaining("bytes=83886080")
                    .satisfies(refused -> assertThat(refused.errno()).isEqualTo(Errno.ENOSPC));
        }
    }

    @Test
    void everyAllocatedPageCanBeWritten() throws IOException {
        try (SharedFile file = SharedFile.create(directory.resolve("arena"), 60 * MIB)) {
            file.allocate(0, 60 * MIB);
            MemoryAdvice.populate(file.map(), 0, 60 * MIB);
            file.map().fill((byte) 1);

            try (SharedFile second = SharedFile.create(directory.resolve("second"), 8 * MIB)) {
                assertThatExceptionOfType(NativeCallException.class)
                        .isThrownBy(() -> second.allocate(0, 8 * MIB));
            }
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getInputStream().readAllBytes();
        return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    }
}
