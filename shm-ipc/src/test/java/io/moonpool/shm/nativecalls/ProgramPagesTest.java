// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.nativecalls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ProgramPagesTest {

    @Test
    void keepsTheProgramInMemoryOrSaysWhatForbidsIt() throws IOException {
        try {
            ProgramPages.keep();
            assertThat(lockedKib()).isGreaterThan(1024);
        } catch (NativeCallException e) {
            // Without the privilege the limit of locked memory is often a few MiB.
            assertThat(e).hasMessageContaining("mlock2");
        }
    }

    private static long lockedKib() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmLck:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
