// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import io.moonpool.pool.settings.ConfigException;
import io.moonpool.pool.settings.Setting;
import io.moonpool.pool.settings.YamlReader;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.yaml.snakeyaml.nodes.ScalarNode;

/**
 * The JSON file of Mooncake's users, as their guides show it: sizes as strings, a comma after the
 * last entry. YAML's flow style reads all of that. What this program has no use for is kept and not
 * judged.
 */
record MooncakeJson(Settings settings, Map<String, String> others) {
    static final String VARIABLE = "MOONCAKE_CONFIG_PATH";

    /** Mooncake's words for what has a key here too. */
    static final Map<String, ConfigKey> POOL_KEYS =
            Map.of(
                    "master_server_address", ConfigKey.MASTER,
                    "metadata_server", ConfigKey.METADATA_SERVER,
                    "protocol", ConfigKey.PROTOCOL,
                    "device_name", ConfigKey.DEVICE_NAME,
                    "local_hostname", ConfigKey.LOCAL_HOSTNAME,
                    "global_segment_size", ConfigKey.GLOBAL_SEGMENT_SIZE,
                    "moonpool.preferred_segment", ConfigKey.PREFERRED_SEGMENT,
                    "moonpool.transport", ConfigKey.TRANSPORT);

    static MooncakeJson read(Path file) throws ConfigException {
        YamlReader reader = new YamlReader(VARIABLE, file);
        Settings settings = new Settings();
        Map<String, String> others = new LinkedHashMap<>();
        // A raw tab can't be part of a JSON string, so each one is white space that YAML would
        // refuse.
        for (YamlReader.Entry entry : reader.entries(text -> text.replace('\t', ' '))) {
            String field = entry.key().field();
            switch (field) {
                case "global_segment_size" ->
                        addSegment(settings, reader.setting(field, entry.node()));
                case "local_buffer_size" -> {
                    Setting buffer = reader.setting(field, entry.node());
                    Values.bytes(buffer);
                    others.put(field, buffer.value());
                }
                case "tenant_id" ->
                        settings.add(
                                new Settings.TenantSettings(
                                        reader.setting(field, entry.node()),
                                        Optional.empty(),
                                        List.of()));
                default -> {
                    if (POOL_KEYS.containsKey(field)) {
                        settings.add(POOL_KEYS.get(field), reader.setting(field, entry.node()));
                    } else if (entry.node() instanceof ScalarNode scalar) {
                        others.put(field, scalar.getValue());
                    }
                }
            }
        }
        return new MooncakeJson(settings, Map.copyOf(others));
    }

    /**
     * 0 means in Mooncake: this client gives no memory. A sidecar without an arena is of no use, so
     * the default stays.
     */
    private static void addSegment(Settings settings, Setting size) throws ConfigException {
        settings.add(ConfigKey.GLOBAL_SEGMENT_SIZE, size);
        if (Values.bytes(size) > 0) {
            settings.add(ConfigKey.ARENA_BYTES, size);
        }
    }
}
