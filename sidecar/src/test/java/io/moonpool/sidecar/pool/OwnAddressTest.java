// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.moonpool.pool.settings.ConfigException;
import io.moonpool.sidecar.config.PoolConfig;
import io.moonpool.sidecar.config.PoolSettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OwnAddressTest {
    private final Map<String, String> told =
            new HashMap<>(Map.of("master_server_address", "127.0.0.1:50051"));

    @Test
    void isWhereTheMasterIsReachedFrom() throws Exception {
        OwnAddress own = own();
        assertThat(own.bind()).isEqualTo(InetAddress.getByName("127.0.0.1"));
        assertThat(own.endpoint(7)).isEqualTo("127.0.0.1:7");
    }

    @Test
    void isWhatTheUserSaid() throws Exception {
        told.put("local_hostname", "localhost:12345");
        assertThat(own().endpoint(7)).isEqualTo("localhost:7");
    }

    @Test
    void servesBlocksOnTheDevicesThatAreNamed() throws Exception {
        told.put("device_name", "lo,127.0.0.2");
        OwnAddress own = own();
        List<InetSocketAddress> listen = own.listen(9);
        assertThat(own.endpoints(listen)).containsExactly("127.0.0.1:9", "127.0.0.2:9");
    }

    @Test
    void takesDevicesOfAnotherKindForNone() throws Exception {
        told.put("device_name", "mlx5_0,mlx5_1");
        OwnAddress own = own();
        assertThat(own.endpoints(own.listen(9))).containsExactly("127.0.0.1:9");
    }

    @Test
    void namesAMasterThatHasNoAddress() {
        told.put("master_server_address", "no-such-host.invalid:50051");
        assertThatThrownBy(this::own)
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("master")
                .hasMessageContaining("no-such-host.invalid");
    }

    private OwnAddress own() throws ConfigException {
        PoolConfig config = PoolSettings.read(told, "test", 1L << 30).orElseThrow();
        return OwnAddress.of(config);
    }
}
