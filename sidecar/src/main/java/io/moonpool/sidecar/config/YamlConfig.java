// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import io.moonpool.pool.settings.ConfigException;
import io.moonpool.pool.settings.NearestName;
import io.moonpool.pool.settings.Setting;
import io.moonpool.pool.settings.YamlReader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.yaml.snakeyaml.nodes.Node;

/**
 * The file of {@code --config}. A key that is not known is an error: a typo must not silently mean
 * the default.
 */
final class YamlConfig {
    private static final List<String> KEYS =
            Arrays.stream(ConfigKey.values()).map(ConfigKey::yamlName).toList();
    private static final List<String> TENANT_KEYS = List.of("name", "arena-bytes", "uids");

    private final YamlReader reader;
    private final Settings settings = new Settings();

    private YamlConfig(Path file) {
        this.reader = new YamlReader("--config", file);
    }

    static Settings read(Path file) throws ConfigException {
        YamlConfig config = new YamlConfig(file);
        for (YamlReader.Entry entry : config.reader.entries(UnaryOperator.identity())) {
            config.add(entry);
        }
        return config.settings;
    }

    private void add(YamlReader.Entry entry) throws ConfigException {
        ConfigKey key =
                ConfigKey.byName(entry.key().field()).orElseThrow(() -> unknown(entry.key(), KEYS));
        if (key == ConfigKey.TENANTS) {
            for (Node item : reader.items(key.yamlName(), entry.node())) {
                settings.add(tenant(item));
            }
        } else if (key == ConfigKey.ALLOW_UID) {
            reader.settings(key.yamlName(), entry.node()).forEach(uid -> settings.add(key, uid));
        } else {
            settings.add(key, reader.setting(key.yamlName(), entry.node()));
        }
    }

    private Settings.TenantSettings tenant(Node node) throws ConfigException {
        Optional<Setting> name = Optional.empty();
        Optional<Setting> arenaBytes = Optional.empty();
        List<Setting> uids = List.of();
        for (YamlReader.Entry entry : reader.entriesOf(node, "a tenant")) {
            String field = entry.key().field().replace('_', '-');
            switch (field) {
                case "name" -> name = Optional.of(reader.setting("tenants.name", entry.node()));
                case "arena-bytes" ->
                        arenaBytes =
                                Optional.of(reader.setting("tenants.arena-bytes", entry.node()));
                case "uids" -> uids = reader.settings("tenants.uids", entry.node());
                default -> throw unknown(entry.key(), TENANT_KEYS);
            }
        }
        if (name.isEmpty()) {
            throw new ConfigException(
                    reader.place(node) + ": tenants.name is missing; give each tenant a name");
        }
        return new Settings.TenantSettings(name.get(), arenaBytes, uids);
    }

    private static ConfigException unknown(Setting key, List<String> known) {
        return new ConfigException(
                key.origin()
                        + ": "
                        + key.field()
                        + " is no known key; did you mean '"
                        + NearestName.of(key.field(), known)
                        + "'? Known: "
                        + String.join(", ", known));
    }
}
