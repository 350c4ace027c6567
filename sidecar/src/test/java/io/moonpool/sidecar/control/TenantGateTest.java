// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.moonpool.sidecar.config.ConfigLoader;
import io.moonpool.sidecar.config.Defaults;
import io.moonpool.sidecar.config.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TenantGateTest {
    private static final int RED_USER = 70_001;
    private static final int STRANGER = 70_002;

    @TempDir private Path directory;

    private TenantGate gate;

    @BeforeEach
    void load() throws Exception {
        String yaml = "tenants: [{name: red, uids: [70001]}, {name: default}]";
        Path file = Files.writeString(directory.resolve("a.yaml"), yaml);
        gate = new TenantGate(ConfigLoader.load(new Settings(), Optional.of(file), Map.of()));
    }

    @Test
    void admitsUsersToTheirTenants() {
        assertThat(gate.admit(RED_USER, "red")).isEqualTo("red");
        assertThat(gate.admit(Defaults.ownUid(), "")).isEqualTo("default");
    }

    @Test
    void refusesAStrangerNamingBothUsersAndTheFlag() {
        assertThatThrownBy(() -> gate.admit(STRANGER, ""))
                .hasMessageContaining("PERMISSION_DENIED: uid 70002 may not attach")
                .hasMessageContaining("of uid " + Defaults.ownUid())
                .hasMessageContaining("--allow-uid 70002");
    }

    @Test
    void refusesAnotherTenantsUser() {
        assertThatThrownBy(() -> gate.admit(RED_USER, ""))
                .hasMessageContaining("tenant: uid 70001 may not attach as 'default'; add it to");
    }
}
