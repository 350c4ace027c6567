// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import java.util.Set;

/**
 * A tenant: its arena, which no other tenant can map, and the users whose processes may attach as
 * this tenant.
 */
public record TenantConfig(String name, long arenaBytes, Set<Integer> uids) {
    public static final String DEFAULT_NAME = "default";

    public TenantConfig {
        uids = Set.copyOf(uids);
    }
}
