// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import io.moonpool.pool.settings.Setting;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one source says: a list of values for each key it names, and its tenants. Sources are laid
 * over each other key by key, the command line on top.
 */
public final class Settings {
    private final Map<ConfigKey, List<Setting>> values = new EnumMap<>(ConfigKey.class);
    private final List<TenantSettings> tenants = new ArrayList<>();

    /** A tenant as written; {@code arenaBytes} empty means the default size. */
    record TenantSettings(Setting name, Optional<Setting> arenaBytes, List<Setting> uids) {}

    public void add(ConfigKey key, Setting setting) {
        values.computeIfAbsent(key, ignored -> new ArrayList<>()).add(setting);
    }

    void add(TenantSettings tenant) {
        tenants.add(tenant);
    }

    List<Setting> all(ConfigKey key) {
        return values.getOrDefault(key, List.of());
    }

    Optional<Setting> last(ConfigKey key) {
        return all(key).isEmpty() ? Optional.empty() : Optional.of(all(key).getLast());
    }

    List<TenantSettings> tenants() {
        return List.copyOf(tenants);
    }

    /** These settings, and for the keys they do not name those of {@code below}. */
    Settings over(Settings below) {
        Settings merged = new Settings();
        merged.values.putAll(below.values);
        merged.values.putAll(values);
        merged.tenants.addAll(tenants.isEmpty() ? below.tenants : tenants);
        return merged;
    }
}
