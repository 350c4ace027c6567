// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import io.moonpool.pool.settings.ConfigException;
import io.moonpool.pool.settings.Setting;
import java.util.Map;
import java.util.Optional;

/** What an engine says of the pool in Mooncake's words, as configuration of this sidecar. */
public final class PoolSettings {

    private PoolSettings() {}

    /**
     * Empty when no master is named. {@code origin} is where the user wrote it; {@code arenaBytes}
     * bounds what is given to others.
     */
    public static Optional<PoolConfig> read(
            Map<String, String> told, String origin, long arenaBytes) throws ConfigException {
        Settings settings = new Settings();
        told.forEach((key, value) -> {
            ConfigKey known = MooncakeJson.POOL_KEYS.get(key);
            if (known != null) {
                settings.add(known, new Setting(key, value, origin));
            }
        });
        return new PoolReader(settings, arenaBytes).read();
    }
}
