// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.pool.settings.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sample says what the program does. */
class SampleConfigTest {
    private static final Path SAMPLE = Path.of("../configs/sidecar.yaml");
    private static final Map<String, String> NOTHING_SET = Map.of("HOME", "/srv/someone");

    @TempDir private Path directory;

    @Test
    void namesEveryKey() throws Exception {
        assertThat(
                        Files.readAllLines(SAMPLE).stream()
                                .map(line -> line.replaceFirst("^#?([a-z-]+):.*", "$1")))
                .containsAll(Arrays.stream(ConfigKey.values()).map(ConfigKey::yamlName).toList());
    }

    @Test
    void showsTheDefaults() throws Exception {
        SidecarConfig sample = load(SAMPLE);
        SidecarConfig defaults = load(Files.createFile(directory.resolve("empty.yaml")));
        assertThat(sample)
                .usingRecursiveComparison()
                // Naming the default address makes it one that was asked for.
                .ignoringFields("httpListen.value.required")
                .isEqualTo(defaults);
    }

    @Test
    void isValidWithEverythingSwitchedOn() throws Exception {
        // A sidecar has a master or is one.
        String all =
                Files.readString(SAMPLE).replaceAll("(?m)^#(?!embedded-master)([a-z-]+:|  )", "$1");
        SidecarConfig config = load(Files.writeString(directory.resolve("all.yaml"), all));
        assertThat(config.tenants()).extracting(TenantConfig::name).containsExactly("red", "blue");
        assertThat(config.socket()).isEqualTo(Path.of("/run/moonpool/sidecar.sock"));
    }

    private static SidecarConfig load(Path file) throws ConfigException {
        return ConfigLoader.load(new Settings(), Optional.of(file), NOTHING_SET);
    }
}
