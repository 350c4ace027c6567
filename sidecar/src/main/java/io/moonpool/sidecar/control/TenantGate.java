// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import io.moonpool.sidecar.config.SidecarConfig;
import io.moonpool.sidecar.config.TenantConfig;
import java.util.stream.Collectors;

/** Says as which tenant a user's process takes part. */
final class TenantGate {
    private final SidecarConfig config;

    TenantGate(SidecarConfig config) {
        this.config = config;
    }

    /** The tenant's name, "" being the default one; refuses who may not. */
    String admit(int uid, String asked) {
        if (!config.allowedUids().contains(uid)) {
            throw Refusals.denied(
                    "uid %s may not attach to this sidecar of uid %s; start it with --allow-uid %1$s"
                            .formatted(
                                    Integer.toUnsignedString(uid),
                                    Integer.toUnsignedString(config.ownUid())));
        }
        String name = asked.isEmpty() ? TenantConfig.DEFAULT_NAME : asked;
        TenantConfig tenant = config.tenant(name).orElseThrow(() -> unknown(name));
        if (!tenant.uids().contains(uid)) {
            throw Refusals.denied(
                    "tenant: uid %s may not attach as '%s'; add it to the tenant's uids in the sidecar's config"
                            .formatted(Integer.toUnsignedString(uid), name));
        }
        return name;
    }

    private RuntimeException unknown(String name) {
        return Refusals.denied(
                "tenant: '%s' is not served here; the sidecar's config names %s"
                        .formatted(
                                name,
                                config.tenants().stream()
                                        .map(TenantConfig::name)
                                        .collect(Collectors.joining(", "))));
    }
}
