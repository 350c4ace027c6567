// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.moonpool.pool.settings.Setting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One contract, against our HTTP metadata server, a real etcd and a real Redis. */
class DiscoveryTest {
    private static final String KEY = "moonpool/member/übung:1 +&?";
    private static final String JSON = "{\"endpoint\":\"höst:1\"}";
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration DEADLINE = Duration.ofSeconds(5);
    private static final long WAIT_MS = 30_000;

    @TempDir private Path folder;

    private Backend start(Backend.Kind kind) throws Exception {
        Assumptions.assumeTrue(kind.binary().isPresent(), kind::missing);
        return Backend.start(kind, folder);
    }

    private static Discovery open(String address, Duration deadline) throws Exception {
        return Discoveries.open(
                MetadataAddress.parse(new Setting("metadata_server", address, "test")),
                Map.of(),
                deadline);
    }

    @ParameterizedTest
    @EnumSource(Backend.Kind.class)
    void keepsReplacesAndDeletes(Backend.Kind kind) throws Exception {
        try (Backend backend = start(kind);
                Discovery discovery = open(backend.address(), DEADLINE)) {
            assertThat(discovery.get(KEY)).isEmpty();
            assertThat(discovery.delete(KEY)).isFalse();
            discovery.put(KEY, "{}", LONG);
            discovery.put(KEY, JSON, LONG);
            assertThat(discovery.get(KEY)).contains(JSON);
            assertThat(discovery.get(KEY + "x")).isEmpty();
            assertThat(discovery.delete(KEY)).isTrue();
            assertThat(discovery.get(KEY)).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Backend.Kind.class)
    void takesLargeValuesAndRefusesLargerOnes(Backend.Kind kind) throws Exception {
        try (Backend backend = start(kind);
                Discovery discovery = open(backend.address(), DEADLINE)) {
            String large = "{\"a\":\"" + "x".repeat(900_000) + "\"}";
            discovery.put(KEY, large, LONG);
            assertThat(discovery.get(KEY)).contains(large);
            String larger = "{\"a\":\"" + "x".repeat(Discovery.VALUE_BYTES_MAX) + "\"}";
            assertThatThrownBy(() -> discovery.put(KEY, larger, LONG))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> discovery.put(KEY, "no JSON", LONG))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(Backend.Kind.class)
    void forgetsWhatNobodyRenewsAndKeepsWhatSomebodyDoes(Backend.Kind kind) throws Exception {
        try (Backend backend = start(kind);
                Discovery discovery = open(backend.address(), DEADLINE)) {
            try (Registration ignored =
                    Registration.keep(discovery, KEY, JSON, Duration.ofSeconds(2))) {
                until(() -> discovery.get(KEY).isPresent());
                discovery.put("left", JSON, Duration.ofSeconds(2));
                until(() -> discovery.get("left").isEmpty());
                assertThat(discovery.get(KEY)).contains(JSON);
            }
            assertThat(discovery.get(KEY)).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Backend.Kind.class)
    void bringsARegistrationBackAfterTheServerWasAway(Backend.Kind kind) throws Exception {
        try (Backend backend = start(kind);
                Discovery discovery = open(backend.address(), Duration.ofSeconds(2));
                Registration ignored =
                        Registration.keep(discovery, KEY, JSON, Duration.ofSeconds(3))) {
            until(() -> discovery.get(KEY).isPresent());
            backend.close();
            assertThatThrownBy(() -> discovery.get(KEY))
                    .isInstanceOf(DiscoveryException.class)
                    .hasMessageStartingWith("metadata_server " + discovery.place() + ": ")
                    .message()
                    .doesNotContain("sesame");
            backend.start();
            until(() -> discovery.get(KEY).equals(Optional.of(JSON)));
        }
    }

    @ParameterizedTest
    @EnumSource(value = Backend.Kind.class, names = "REDIS")
    void namesARefusalAndNotThePassword(Backend.Kind kind) throws Exception {
        try (Backend backend = start(kind);
                Discovery none = open("redis://127.0.0.1:" + backend.port(), DEADLINE);
                Discovery wrong = open("redis://:guess@127.0.0.1:" + backend.port(), DEADLINE)) {
            assertThatThrownBy(() -> none.get(KEY)).hasMessageContaining("GET was refused: NOAUTH");
            assertThatThrownBy(() -> wrong.get(KEY))
                    .hasMessageContaining("AUTH was refused: WRONGPASS")
                    .message()
                    .doesNotContain("guess");
        }
    }

    @ParameterizedTest
    @EnumSource(Backend.Kind.class)
    void tellsOneServerFromAnother(Backend.Kind kind) throws Exception {
        try (Backend backend = start(kind)) {
            String host = "127.0.0.1:" + backend.port();
            for (String address :
                    new String[] {"http://" + host + "/wrong", host, "redis://" + host}) {
                boolean right =
                        address.equals(host) && kind == Backend.Kind.ETCD
                                || address.startsWith("redis") && kind == Backend.Kind.REDIS;
                try (Discovery discovery = open(address, Duration.ofSeconds(2))) {
                    if (!right) {
                        assertThatThrownBy(() -> discovery.put(KEY, JSON, LONG))
                                .as(address)
                                .isInstanceOf(DiscoveryException.class);
                    }
                }
            }
        }
    }

    private static void until(Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + WAIT_MS * 1_000_000;
        while (true) {
            try {
                if (condition.call()) {
                    return;
                }
            } catch (DiscoveryException e) {
                // Not up again yet.
                assertThat(e).hasMessageStartingWith("metadata_server ");
            }
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            Thread.sleep(50);
        }
    }
}
