// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.moonpool.pool.settings.ConfigException;
import io.moonpool.pool.settings.Setting;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PoolReaderTest {
    private static final long ARENA = 1L << 30;
    private final Settings settings = new Settings();

    @Test
    void aHostWithoutAMasterIsAlone() throws ConfigException {
        assertThat(read()).isEmpty();
        set(ConfigKey.MASTER, " ");
        assertThat(read()).isEmpty();
    }

    @Test
    void readsWhatMooncakesFileSays() throws ConfigException {
        PoolConfig pool =
                PoolSettings.read(
                                Map.of(
                                        "master_server_address", "10.0.0.1:50063",
                                        "metadata_server", "http://127.0.0.1:8092/metadata",
                                        "global_segment_size", "0",
                                        "protocol", "rdma",
                                        "device_name", "",
                                        "local_buffer_size", "2147483648"),
                                "a.json",
                                ARENA)
                        .orElseThrow();
        assertThat(pool.masters()).containsExactly("10.0.0.1:50063");
        assertThat(pool.segmentBytes()).isZero();
        assertThat(pool.protocol()).isEqualTo(PoolConfig.Protocol.RDMA);
        assertThat(pool.devices()).isEmpty();
    }

    @Test
    void givesNoMoreThanTheArena() throws ConfigException {
        set(ConfigKey.MASTER, "a:1");
        assertThat(read().orElseThrow().segmentBytes()).isEqualTo(ARENA);
        set(ConfigKey.GLOBAL_SEGMENT_SIZE, "4GB");
        assertThat(read().orElseThrow().segmentBytes()).isEqualTo(ARENA);
        set(ConfigKey.GLOBAL_SEGMENT_SIZE, "64MB");
        assertThat(read().orElseThrow().segmentBytes()).isEqualTo(64L << 20);
    }

    @Test
    void takesSeveralMasters() throws ConfigException {
        set(ConfigKey.MASTER, "a:1, [::1]:2,c:3");
        assertThat(read().orElseThrow().masters()).containsExactly("a:1", "[::1]:2", "c:3");
    }

    @Test
    void joinsTheDirectoryThatItHosts() throws ConfigException {
        set(ConfigKey.EMBEDDED_MASTER, "127.0.0.1:50051");
        PoolConfig pool = read().orElseThrow();
        assertThat(pool.masters()).containsExactly("127.0.0.1:50051");
        assertThat(pool.embeddedMaster()).isPresent();
        set(ConfigKey.MASTER, "a:1");
        assertThatThrownBy(this::read)
                .hasMessageContaining("embedded-master")
                .hasMessageContaining("leave one out");
    }

    @Test
    void hostsADirectoryWhereOthersReachIt() {
        for (String wrong : new String[] {"0.0.0.0:50051", "[::]:50051", "no.such.host.:1"}) {
            set(ConfigKey.EMBEDDED_MASTER, wrong);
            assertThatThrownBy(this::read).hasMessageContaining("one address of this host");
        }
    }

    @Test
    void warmsUpForAsLongAsItIsTold() throws ConfigException {
        set(ConfigKey.MASTER, "a:1");
        assertThat(read().orElseThrow().warmUp()).isEqualTo(Duration.ofSeconds(1));
        set(ConfigKey.WARM_UP_MS, "0");
        assertThat(read().orElseThrow().warmUp()).isZero();
        set(ConfigKey.WARM_UP_MS, "1s");
        assertThatThrownBy(this::read).hasMessageContaining("warm-up-ms");
    }

    @Test
    void refusesWhatIsNoAddress() {
        for (String wrong : new String[] {"host", "host:", "host:0", "host:70000", ":5", ","}) {
            set(ConfigKey.MASTER, wrong);
            assertThatThrownBy(this::read).hasMessageContaining("master");
        }
    }

    @Test
    void refusesWhatThisBuildCanNotDo() {
        set(ConfigKey.MASTER, "a:1");
        set(ConfigKey.TRANSPORT, "ucx-rc");
        assertThatThrownBy(this::read)
                .hasMessageContaining("transport")
                .hasMessageContaining("tcp");
        set(ConfigKey.TRANSPORT, "quick");
        assertThatThrownBy(this::read).hasMessageContaining("ucx-rc, ucx-tcp, tcp");
        set(ConfigKey.TRANSPORT, "auto");
        set(ConfigKey.DEVICE_NAME, "mlx5_0");
        set(ConfigKey.REQUIRE_RDMA, "true");
        assertThatThrownBy(this::read)
                .hasMessageContaining("require-rdma")
                .hasMessageContaining("mlx5_0");
    }

    @Test
    void namesAMetadataServerItDoesNotKnow() {
        set(ConfigKey.MASTER, "a:1");
        set(ConfigKey.METADATA_SERVER, "zookeeper://a:2181");
        assertThatThrownBy(this::read)
                .hasMessageContaining("metadata-server")
                .hasMessageContaining("etcd");
    }

    @Test
    void tellsWhereAnotherConfigurationDiffers() throws ConfigException {
        set(ConfigKey.MASTER, "a:1");
        PoolConfig first = read().orElseThrow();
        set(ConfigKey.MASTER, "b:1");
        assertThat(first.differences(read().orElseThrow()))
                .singleElement()
                .asString()
                .contains("master_server_address", "a:1", "b:1");
    }

    private void set(ConfigKey key, String value) {
        settings.add(key, new Setting(key.yamlName(), value, Setting.COMMAND_LINE));
    }

    private Optional<PoolConfig> read() throws ConfigException {
        return new PoolReader(settings, ARENA).read();
    }
}
