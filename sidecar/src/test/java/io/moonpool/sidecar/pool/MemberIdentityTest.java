// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemberIdentityTest {
    @TempDir Path directory;

    @Test
    void staysWithItsDataDirectory() throws IOException {
        MemberIdentity made = MemberIdentity.in(directory);
        assertThat(MemberIdentity.in(directory)).isEqualTo(made);
        Path other = Files.createDirectory(directory.resolve("other"));
        assertThat(MemberIdentity.in(other)).isNotEqualTo(made);
    }

    @Test
    void isNotGuessedFromADamagedFile() throws IOException {
        MemberIdentity.in(directory);
        Files.writeString(directory.resolve("member-id"), "not hexadecimal");
        assertThatThrownBy(() -> MemberIdentity.in(directory))
                .hasMessageContaining("member-id")
                .hasMessageContaining("remove it");
    }
}
