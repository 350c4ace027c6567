// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.moonpool.pool.settings.ConfigException;
import io.moonpool.pool.settings.Setting;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every form of {@code metadata_server} that the guides have, and what is none. */
class MetadataAddressTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "http://127.0.0.1:8092/metadata | http://127.0.0.1:8092/metadata",
                "https://meta.example/metadata | https://meta.example/metadata",
                "etcd://a:2379,b:2380 | etcd://a:2379,b:2380",
                "etcd://a;b | etcd://a:2379,b:2379",
                "etcd://a:2379/ | etcd://a:2379",
                "192.168.0.137:2379 | etcd://192.168.0.137:2379",
                "a:1,b:2 | etcd://a:1,b:2",
                "http://[::1]:80/metadata | http://[::1]:80/metadata",
                "etcd://[::1]:2379 | etcd://[::1]:2379",
                "redis://192.168.0.137:6379 | redis://192.168.0.137:6379/0",
                "redis://host/3 | redis://host:6379/3",
                "redis://:se%cret@host:1/2 | redis://host:1/2",
                "redis://me:secret@host | redis://host:6379/0",
                "REDIS://host | redis://host:6379/0",
                "P2PHANDSHAKE | P2PHANDSHAKE",
                "p2phandshake | P2PHANDSHAKE",
                "'' | P2PHANDSHAKE",
            })
    void isReadAndShownWithoutSecrets(String written, String shown) throws Exception {
        assertThat(parse(written)).hasToString(shown);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "zk://a:1",
                "rediss://a:1",
                "http://",
                "http:///metadata",
                "http://u:p@h/metadata",
                "http://h/metadata?key=1",
                "etcd://",
                "etcd://a,,b",
                "etcd://a:0",
                "etcd://a:70000",
                "a b",
                "redis://",
                "redis://h:x",
                "redis://h/1234",
                "://a"
            })
    void isRefusedWithTheValidForms(String written) {
        assertThatThrownBy(() -> parse(written))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("a.json:3: metadata_server: '")
                .hasMessageContaining("write http://HOST:PORT/metadata, etcd://")
                .hasMessageContaining("redis://")
                .hasMessageContaining("P2PHANDSHAKE");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"zk://u:secret@a:1", "redis://:secret@h:x", "http://me:secret@h/metadata"})
    void hidesSecretsOfWhatItRefuses(String written) {
        assertThatThrownBy(() -> parse(written))
                .hasMessageContaining("//...@")
                .message()
                .doesNotContain("secret");
    }

    @Test
    void takesRedisSecretsFromMooncakesVariablesWhereTheAddressHasNone() throws Exception {
        Map<String, String> variables =
                Map.of(
                        "MC_REDIS_USERNAME", "mo",
                        "MC_REDIS_PASSWORD", "secret",
                        "MC_REDIS_DB_INDEX", "7");
        RedisLogin login = RedisLogin.of(redis("redis://h"), variables);
        assertThat(login.user()).contains("mo");
        assertThat(login.password()).contains("secret");
        assertThat(login.database()).isEqualTo(7);
        assertThat(login).hasToString("redis://h:6379/7");
        RedisLogin own = RedisLogin.of(redis("redis://me:mine@h/2"), variables);
        assertThat(own.user()).contains("me");
        assertThat(own.password()).contains("mine");
        assertThat(own.database()).isEqualTo(2);
    }

    private static MetadataAddress.Redis redis(String text) throws ConfigException {
        return (MetadataAddress.Redis) parse(text);
    }

    private static MetadataAddress parse(String text) throws ConfigException {
        return MetadataAddress.parse(new Setting("metadata_server", text, "a.json:3"));
    }
}
