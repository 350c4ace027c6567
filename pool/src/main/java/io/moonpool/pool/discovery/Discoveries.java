// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.discovery;

import java.time.Duration;
import java.util.Map;

/** Opens what an address names. Nothing is connected before the first call. */
public final class Discoveries {
    /** Mooncake's clients wait as long. */
    public static final Duration DEADLINE = Duration.ofSeconds(3);

    private Discoveries() {}

    /** {@code environment} may hold Redis' secrets under Mooncake's names. */
    public static Discovery open(
            MetadataAddress address, Map<String, String> environment, Duration deadline) {
        return switch (address) {
            case MetadataAddress.Http http ->
                    new CheckedDiscovery(new HttpDiscovery(http, deadline));
            case MetadataAddress.Etcd etcd ->
                    new CheckedDiscovery(new EtcdDiscovery(etcd, deadline));
            case MetadataAddress.Redis redis ->
                    new CheckedDiscovery(
                            new RedisDiscovery(RedisLogin.of(redis, environment), deadline));
            case MetadataAddress.PeerToPeer ignored -> new NoDiscovery();
        };
    }
}
