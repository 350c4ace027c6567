// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Everything a sidecar was told, checked as far as it can be without touching the host. {@code
 * mooncake} keeps the keys of Mooncake's JSON that have no meaning here.
 */
public record SidecarConfig(
        Path socket,
        Path arenaDir,
        Path dataDir,
        List<TenantConfig> tenants,
        long slabBytes,
        Optional<HttpAddress> httpListen,
        int ownUid,
        int checksumThreads,
        Shares shares,
        LogFormat logFormat,
        LogLevel logLevel,
        Optional<PoolConfig> pool,
        Map<String, String> mooncake) {

    /** Bounds of what clients may hold, as shares of their arena. */
    public record Shares(double lease, double allLeases, double reservation) {}

    public SidecarConfig {
        tenants = List.copyOf(tenants);
        mooncake = Map.copyOf(mooncake);
    }

    public long arenaBytes() {
        return tenants.stream().mapToLong(TenantConfig::arenaBytes).sum();
    }

    /** Users that may attach to at least one tenant. */
    public Set<Integer> allowedUids() {
        Set<Integer> uids = new HashSet<>();
        tenants.forEach(tenant -> uids.addAll(tenant.uids()));
        return Set.copyOf(uids);
    }

    /** Whether any user but the sidecar's own may attach. */
    public boolean servesOtherUsers() {
        return allowedUids().stream().anyMatch(uid -> uid != ownUid);
    }

    public Optional<TenantConfig> tenant(String name) {
        return tenants.stream().filter(tenant -> tenant.name().equals(name)).findFirst();
    }
}
