// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.moonpool.pool.master.flags.MasterConfig.Listener;
import io.moonpool.pool.master.flags.MasterConfig.Verbosity;
import io.moonpool.pool.settings.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole command lines, as the guides and the research have them. */
class MasterFlagsTest {
    @TempDir private Path directory;

    @Test
    void bindsAsMooncakeDoesWhenNothingIsSaid() throws Exception {
        MasterConfig config = config();
        assertThat(config.rpc())
                .isEqualTo(new Listener("0.0.0.0", 50051, "--port", "--rpc_address"));
        assertThat(config.admin())
                .isEqualTo(new Listener("0.0.0.0", 9003, "--metrics_port", "--metrics_host"));
        assertThat(config.metadata()).isEmpty();
        assertThat(config.reporting()).isTrue();
        assertThat(config.memberTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.verbosity()).isEqualTo(Verbosity.NORMAL);
    }

    @Test
    void takesTheCommandsOfTheGuides() throws Exception {
        assertThat(config("--port", "50063").rpc().port()).isEqualTo(50063);
        assertThat(config("-v=1").verbosity()).isEqualTo(Verbosity.DETAILED);
        MasterConfig lmcache =
                config(
                        "-v=1",
                        "--rpc_port=50052",
                        "--metrics_port=9004",
                        "--enable_http_metadata_server=true",
                        "--http_metadata_server_host=127.0.0.1",
                        "--http_metadata_server_port=8090");
        assertThat(lmcache.rpc().port()).isEqualTo(50052);
        assertThat(lmcache.metadata())
                .contains(
                        new Listener(
                                "127.0.0.1",
                                8090,
                                "--http_metadata_server_port",
                                "--http_metadata_server_host"));
    }

    @Test
    void rpcPortWinsOverPortInAnyOrder() throws Exception {
        assertThat(config("--port=1111", "--rpc_port=2222").rpc().port()).isEqualTo(2222);
        assertThat(config("--rpc_port=2222", "--port=1111").rpc().port()).isEqualTo(2222);
        assertThat(config("--rpc_port=0", "--port=1111").rpc().port()).isEqualTo(1111);
    }

    @Test
    void theLastOfTwoWins() throws Exception {
        assertThat(config("--metrics_port=1", "--metrics_port=2").admin().port()).isEqualTo(2);
    }

    @Test
    void bindsToTheAddressOfAnInterface() throws Exception {
        assertThat(config("--rpc_interface=lo").rpc().host()).isEqualTo("127.0.0.1");
    }

    @Test
    void takesIpv6AddressesWithAndWithoutBrackets() throws Exception {
        assertThat(config("--metrics_host=::").admin().host()).isEqualTo("::");
        assertThat(config("--metrics_host=[::1]").admin().host()).isEqualTo("::1");
    }

    @Test
    void readsYamlAsMooncakeShipsIt() throws Exception {
        Path file =
                write(
                        """
                        enable_metric_reporting: true
                        metrics_port: 9013
                        rpc_port: 50061
                        rpc_thread_num: 16
                        rpc_address: "0.0.0.0"
                        eviction_ratio: 0.1
                        eviction_high_watermark_ratio: 1.0
                        client_live_ttl_sec: 60
                        enable_ha: false
                        etcd_endpoints: "http://localhost:2379"
                        """);
        MasterConfig config = config("--config_path=" + file);
        assertThat(config.admin().port()).isEqualTo(9013);
        assertThat(config.rpc().port()).isEqualTo(50061);
        assertThat(config.memberTimeout()).isEqualTo(Duration.ofSeconds(60));
        assertThat(config.notes())
                .extracting(note -> note.split(" ")[0])
                .containsExactly(
                        "--rpc_thread_num",
                        "--eviction_ratio",
                        "--eviction_high_watermark_ratio",
                        "--etcd_endpoints");
    }

    @Test
    void readsJsonAndFlagsWin() throws Exception {
        Path file = write("{\n\t\"rpc_port\": \"50061\",\n\t\"metrics_port\": 9013,\n}");
        MasterConfig config = config("--config_path", file.toString(), "--rpc_port=50062");
        assertThat(config.rpc().port()).isEqualTo(50062);
        assertThat(config.admin().port()).isEqualTo(9013);
    }

    @Test
    void namesTheLineOfAFileThatCanNotBeUsed() throws Exception {
        Path file = write("rpc_port: 1\nmetrics_prot: 2\n");
        refused(
                "%s:2: metrics_prot is no known flag; did you mean 'metrics_port'?".formatted(file),
                "--config_path=" + file);
        refused(
                "%s:1: rpc_port: 'x' is no whole number".formatted(write("rpc_port: x")),
                "--config_path=" + file);
        refused("--config_path: '/nowhere' does not exist", "--config_path=/nowhere");
    }

    @Test
    void refusesWhatItDoesNotKnowWithTheNearestName() {
        refused("--rpc_prot is no known flag; did you mean '--rpc_port'?", "--rpc_prot=1");
        refused("--metricsport is no known flag; did you mean '--metrics_port'?", "--metricsport");
        refused("--norpc_port is no known flag; did you mean '--rpc_port'?", "--norpc_port");
        refused("--noenable_ha is no known flag", "--noenable_ha=true");
        refused("'serve' belongs to no flag", "serve");
        refused("'--' belongs to no flag", "--");
    }

    @Test
    void refusesValuesThatGflagsWouldRefuseOrMisread() {
        refused("--rpc_port has no value; write --rpc_port=VALUE", "--rpc_port");
        refused("rpc_port: '' is no whole number", "--rpc_port=");
        refused(
                "rpc_port: '65536' is out of range; write a number from 0 to 65535",
                "--rpc_port=65536");
        refused("enable_ha: 'maybe' is neither true nor false", "--enable_ha=maybe");
        refused(
                "--enable_ha: 'false' belongs to no flag; write --enable_ha=false",
                "--enable_ha",
                "false");
        refused("default_kv_lease_ttl: '5d' is no duration", "--default_kv_lease_ttl=5d");
        refused("rpc_interface: 'nosuch0' is no interface", "--rpc_interface=nosuch0");
        refused("metrics_host: '' is empty", "--metrics_host=");
        refused("client_ttl: '0' is out of range", "--client_ttl=0");
    }

    private static void refused(String words, String... arguments) {
        assertThatThrownBy(() -> config(arguments))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(words);
    }

    private Path write(String text) throws Exception {
        return Files.writeString(directory.resolve("master.conf"), text);
    }

    private static MasterConfig config(String... arguments) throws ConfigException {
        return MasterFlags.parse(List.of(arguments)).config();
    }
}
