// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.moonpool.pool.settings.ConfigException;
import io.moonpool.pool.settings.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigLoaderTest {
    @TempDir private Path directory;

    private final Settings commandLine = new Settings();
    private final Map<String, String> environment = new HashMap<>(Map.of("HOME", "/srv/someone"));

    @Test
    void hasDefaultsForEverything() throws ConfigException {
        SidecarConfig config = load();

        int uid = Defaults.ownUid();
        assertThat(config.socket()).isEqualTo(Path.of("/tmp/moonpool-" + uid + "/sidecar.sock"));
        assertThat(config.dataDir())
                .isEqualTo(Path.of("/srv/someone/.local/state/moonpool/default"));
        assertThat(config.tenants())
                .singleElement()
                .satisfies(tenant -> {
                    assertThat(tenant.name()).isEqualTo("default");
                    assertThat(tenant.arenaBytes()).isEqualTo(4L << 30);
                    assertThat(tenant.uids()).containsExactly(uid);
                });
        assertThat(config.servesOtherUsers()).isFalse();
        assertThat(config.httpListen().orElseThrow().required()).isFalse();
    }

    @Test
    void laysFlagsOverEnvironmentOverFileOverDefaults() throws Exception {
        environment.put("MOONPOOL_SOCKET", "/run/a/environment.sock");
        flag(ConfigKey.SLAB_BYTES, "2MiB");
        Path file =
                file("a.yaml", "socket: /run/a/file.sock\nslab-bytes: 4MiB\narena-bytes: 9MB\n");

        SidecarConfig config = load(file);

        assertThat(config.socket()).isEqualTo(Path.of("/run/a/environment.sock"));
        assertThat(config.slabBytes()).isEqualTo(2 << 20);
        assertThat(config.arenaBytes()).isEqualTo(8 << 20);
        flag(ConfigKey.SOCKET, "/run/a/flag.sock");
        assertThat(load(file).socket()).isEqualTo(Path.of("/run/a/flag.sock"));
    }

    @Test
    void givesTwoSocketsTwoDataDirectories() throws ConfigException {
        environment.put("MOONPOOL_SOCKET", "/run/a/1.sock");
        Path first = load().dataDir();
        environment.put("MOONPOOL_SOCKET", "/run/a/2.sock");
        assertThat(load().dataDir()).isNotEqualTo(first);
    }

    @Test
    void readsTheJsonOfTheGuides() throws Exception {
        mooncake(
                """
                {
                \t"metadata_server": "http://127.0.0.1:8092/metadata",
                \t"master_server_address": "127.0.0.1:50063",
                \t"global_segment_size": "3GB",
                \t"local_buffer_size": "2147483648",
                \t"protocol": "rdma",
                \t"device_name": "",
                \t"tenant_id": "acme",
                \t"extra": {"a": [1, 2,]},
                }
                """);

        SidecarConfig config = load();

        assertThat(config.arenaBytes()).isEqualTo(3L << 30);
        assertThat(config.tenant("acme")).isPresent();
        assertThat(config.pool().orElseThrow().masters()).containsExactly("127.0.0.1:50063");
        assertThat(config.pool().orElseThrow().segmentBytes()).isEqualTo(3L << 30);
        assertThat(config.mooncake()).containsEntry("local_buffer_size", "2147483648");
    }

    @Test
    void keepsTheDefaultArenaWhenMooncakesSegmentIsZero() throws Exception {
        mooncake("{\"global_segment_size\": \"0\"}");
        assertThat(load().arenaBytes()).isEqualTo(4L << 30);
    }

    @Test
    void ignoresTheJsonWhenThereIsAConfig() throws Exception {
        mooncake("{ this is not even JSON");
        assertThat(load(file("a.yaml", "arena-bytes: 1GiB\n")).arenaBytes()).isEqualTo(1L << 30);
    }

    @Test
    void givesEachTenantItsArenaAndItsUsers() throws Exception {
        Path file =
                file(
                        "a.yaml",
                        """
                        arena-bytes: 1GiB
                        allow-uid: 1000
                        tenants:
                          - name: red
                            arena-bytes: 512MiB
                            uids: [1001, 1002]
                          - name: blue
                        """);

        SidecarConfig config = load(file);

        assertThat(config.tenant("red").orElseThrow())
                .isEqualTo(new TenantConfig("red", 512 << 20, Set.of(1001, 1002)));
        assertThat(config.tenant("blue").orElseThrow().uids())
                .containsExactlyInAnyOrder(Defaults.ownUid(), 1000);
        assertThat(config.tenant("default")).isEmpty();
        assertThat(config.servesOtherUsers()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "arena-byte: 1GiB       | a.yaml:1: arena-byte is no known key; did you mean 'arena-bytes'?",
                "arena-bytes: lots      | a.yaml:1: arena-bytes: 'lots' is no size; write bytes",
                "arena-bytes: 1KiB      | is less than one slab of 64 MiB; raise it, or lower --slab-bytes",
                "arena-bytes: [1]       | a.yaml:1: arena-bytes: a single value is expected here",
                "slab-bytes: 3MiB       | slab-bytes: '3MiB' is not usable; write a power of two",
                "slab-bytes: 2GiB       | a power of two from 1MiB to 1GiB",
                "allow-uid: nobody      | allow-uid: 'nobody' is not usable; write a numeric user id",
                "allow-uid: [1, -1]     | allow-uid: '-1' is not usable",
                "http-listen: here      | http-listen: 'here' is no address; write host:port",
                "http-listen: a:70000   | http-listen: 'a:70000' is no address",
                "log-format: xml        | log-format: 'xml' is not known; write one of text, json",
                "log-level: loud        | write one of error, warn, info, debug",
                "lease-share: 0         | lease-share: '0' is no share",
                "lease-share: 0.9       | lease-share: '0.9' is above all-leases-share 0.75; lower it",
                "checksum-threads: 0    | write a number from 1 to 64",
                "socket: ''             | socket: '' is empty; name a path",
                "'tenants: [{uids: 1}]' | a.yaml:1: tenants.name is missing; give each tenant a name",
                "'tenants: [{name: a, uid: 1}]' | uid is no known key; did you mean 'uids'?",
                "'tenants: [{name: a/b}]' | tenants.name: 'a/b' is no tenant name",
                "'tenants: [{name: a}, {name: a}]' | tenants.name: 'a' is given twice",
                "just words             | a.yaml:1: the file must be a mapping",
                "'a: {'                 | a.yaml:1: not readable as YAML",
            })
    void refusesBadInputNamingPlaceFieldValueAndCure(String yaml, String message) throws Exception {
        Path file = file("a.yaml", yaml);
        assertThatThrownBy(() -> load(file))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void refusesAKeyThatIsGivenTwice() throws Exception {
        Path file = file("a.yaml", "socket: /a\nsocket: /b\n");
        assertThatThrownBy(() -> load(file))
                .hasMessageContaining("a.yaml:2: socket is given twice");
    }

    @Test
    void refusesFilesThatCannotBeRead() throws Exception {
        assertThatThrownBy(() -> load(directory.resolve("none.yaml")))
                .hasMessageContaining("--config: '")
                .hasMessageContaining("none.yaml' does not exist");
        assertThatThrownBy(() -> load(directory))
                .hasMessageContaining("is a directory; name a file");
        Path binary = Files.write(directory.resolve("b.yaml"), new byte[] {(byte) 0xC3, 0x28});
        assertThatThrownBy(() -> load(binary)).hasMessageContaining("is not UTF-8 text");
        environment.put("MOONCAKE_CONFIG_PATH", "/nowhere.json");
        assertThatThrownBy(this::load)
                .hasMessage(
                        "MOONCAKE_CONFIG_PATH: '/nowhere.json' does not exist; correct the path");
    }

    @Test
    void namesTheLineOfABadSizeInTheJson() throws Exception {
        mooncake("{\n  \"local_buffer_size\": \"4 parsecs\"\n}\n");
        assertThatThrownBy(this::load)
                .hasMessageContaining("mooncake.json:2: local_buffer_size: '4 parsecs' is no size");
    }

    @Test
    void refusesASocketPathThatLinuxCannotBind() {
        String path = "/tmp/" + "x".repeat(103);
        flag(ConfigKey.SOCKET, path);
        assertThatThrownBy(this::load)
                .hasMessageContaining("command line: socket: '" + path + "' is 108 bytes long")
                .hasMessageContaining("at most 104 bytes");
    }

    private SidecarConfig load() throws ConfigException {
        return ConfigLoader.load(commandLine, Optional.empty(), environment);
    }

    private SidecarConfig load(Path file) throws ConfigException {
        return ConfigLoader.load(commandLine, Optional.of(file), environment);
    }

    private void flag(ConfigKey key, String value) {
        commandLine.add(key, new Setting(key.yamlName(), value, Setting.COMMAND_LINE));
    }

    private void mooncake(String json) throws IOException {
        environment.put("MOONCAKE_CONFIG_PATH", file("mooncake.json", json).toString());
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(directory.resolve(name), content);
    }
}
