// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import io.moonpool.pool.settings.ConfigException;
import io.moonpool.pool.settings.Setting;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Merges the sources, in this order of strength: command line, environment, YAML file (or, without
 * one, Mooncake's JSON), defaults. Then turns them into values.
 */
public final class ConfigLoader {
    private static final long SLAB_BYTES_MIN = 1 << 20;
    private static final long SLAB_BYTES_MAX = 1 << 30;
    private static final int CHECKSUM_THREADS_MAX = 64;
    private static final int TENANTS_MAX = 62;
    private static final int SOCKET_PATH_MAX = 107;

    /** The descriptor socket lies beside the control socket under this suffix. */
    public static final String DESCRIPTOR_SUFFIX = ".fd";

    private final Settings settings;
    private final Map<String, String> environment;
    private final Map<String, String> mooncake;
    private final int ownUid = Defaults.ownUid();

    private ConfigLoader(
            Settings settings, Map<String, String> environment, Map<String, String> mooncake) {
        this.settings = settings;
        this.environment = environment;
        this.mooncake = mooncake;
    }

    public static SidecarConfig load(
            Settings commandLine, Optional<Path> yamlFile, Map<String, String> environment)
            throws ConfigException {
        Settings strong = commandLine.over(fromEnvironment(environment));
        Optional<String> json = Optional.ofNullable(environment.get(MooncakeJson.VARIABLE));
        if (yamlFile.isPresent()) {
            Settings merged = strong.over(YamlConfig.read(yamlFile.get()));
            return new ConfigLoader(merged, environment, Map.of()).build();
        }
        if (json.isPresent() && !json.get().isBlank()) {
            MooncakeJson file = MooncakeJson.read(Path.of(json.get()));
            return new ConfigLoader(strong.over(file.settings()), environment, file.others())
                    .build();
        }
        return new ConfigLoader(strong, environment, Map.of()).build();
    }

    private static Settings fromEnvironment(Map<String, String> environment) {
        Settings settings = new Settings();
        String socket = environment.get(Defaults.SOCKET_VARIABLE);
        if (socket != null && !socket.isBlank()) {
            settings.add(
                    ConfigKey.SOCKET,
                    new Setting(Defaults.SOCKET_VARIABLE, socket, Setting.ENVIRONMENT));
        }
        return settings;
    }

    private SidecarConfig build() throws ConfigException {
        Path socket = socket();
        long slabBytes = slabBytes();
        List<TenantConfig> tenants = tenants(slabBytes);
        long arenaBytes = tenants.stream().mapToLong(TenantConfig::arenaBytes).sum();
        return new SidecarConfig(
                socket,
                Values.path(get(ConfigKey.ARENA_DIR)),
                dataDir(socket),
                tenants,
                slabBytes,
                HttpAddress.parse(get(ConfigKey.HTTP_LISTEN)),
                ownUid,
                checksumThreads(),
                shares(),
                Values.choice(get(ConfigKey.LOG_FORMAT), LogFormat.class),
                Values.choice(get(ConfigKey.LOG_LEVEL), LogLevel.class),
                new PoolReader(settings, arenaBytes).read(),
                mooncake);
    }

    private Setting get(ConfigKey key) {
        return get(key, key.defaultText());
    }

    private Setting get(ConfigKey key, String fallback) {
        return settings.last(key)
                .orElseGet(() -> new Setting(key.yamlName(), fallback, Setting.DEFAULT));
    }

    private Path socket() throws ConfigException {
        Setting setting = get(ConfigKey.SOCKET, Defaults.socket(ownUid).toString());
        Path socket = Values.path(setting);
        int bytes = socket.toString().getBytes(StandardCharsets.UTF_8).length;
        int max = SOCKET_PATH_MAX - DESCRIPTOR_SUFFIX.length();
        if (bytes > max) {
            throw ConfigException.of(
                    new Setting(setting.field(), socket.toString(), setting.origin()),
                    ("is %d bytes long; Linux allows %d for a socket and '%s' is added for the"
                                    + " descriptor socket, so use a path of at most %d bytes")
                            .formatted(bytes, SOCKET_PATH_MAX, DESCRIPTOR_SUFFIX, max));
        }
        return socket;
    }

    private Path dataDir(Path socket) throws ConfigException {
        Optional<Setting> setting = settings.last(ConfigKey.DATA_DIR);
        return setting.isPresent()
                ? Values.path(setting.get())
                : Defaults.dataDirectory(environment, socket, ownUid);
    }

    private long slabBytes() throws ConfigException {
        Setting setting = get(ConfigKey.SLAB_BYTES);
        long bytes = Values.bytes(setting);
        if (bytes < SLAB_BYTES_MIN || bytes > SLAB_BYTES_MAX || Long.bitCount(bytes) != 1) {
            throw ConfigException.of(
                    setting, "is not usable; write a power of two from 1MiB to 1GiB");
        }
        return bytes;
    }

    private int checksumThreads() throws ConfigException {
        String fallback = Integer.toString(Defaults.checksumThreads());
        return Values.count(get(ConfigKey.CHECKSUM_THREADS, fallback), 1, CHECKSUM_THREADS_MAX);
    }

    private SidecarConfig.Shares shares() throws ConfigException {
        Setting lease = get(ConfigKey.LEASE_SHARE);
        Setting allLeases = get(ConfigKey.ALL_LEASES_SHARE);
        Setting reservation = get(ConfigKey.RESERVATION_SHARE);
        if (Values.share(lease) > Values.share(allLeases)) {
            throw ConfigException.of(
                    lease, "is above all-leases-share " + allLeases.value() + "; lower it");
        }
        return new SidecarConfig.Shares(
                Values.share(lease), Values.share(allLeases), Values.share(reservation));
    }

    private List<TenantConfig> tenants(long slabBytes) throws ConfigException {
        Set<Integer> uids = new HashSet<>(Set.of(ownUid));
        for (Setting uid : settings.all(ConfigKey.ALLOW_UID)) {
            uids.add(Values.uid(uid));
        }
        Setting size = get(ConfigKey.ARENA_BYTES);
        if (settings.tenants().isEmpty()) {
            return List.of(
                    new TenantConfig(TenantConfig.DEFAULT_NAME, arenaBytes(size, slabBytes), uids));
        }
        List<TenantConfig> tenants = new ArrayList<>();
        for (Settings.TenantSettings tenant : settings.tenants()) {
            tenants.add(
                    new TenantConfig(
                            newName(tenant.name(), tenants),
                            arenaBytes(tenant.arenaBytes().orElse(size), slabBytes),
                            tenant.uids().isEmpty() ? uids : uidsOf(tenant)));
        }
        return tenants;
    }

    private static String newName(Setting name, List<TenantConfig> before) throws ConfigException {
        if (before.stream().anyMatch(tenant -> tenant.name().equals(name.value()))) {
            throw ConfigException.of(name, "is given twice; keep one");
        }
        if (before.size() == TENANTS_MAX) {
            throw ConfigException.of(name, "is one too many; at most " + TENANTS_MAX + " tenants");
        }
        return Values.tenant(name);
    }

    private static Set<Integer> uidsOf(Settings.TenantSettings tenant) throws ConfigException {
        Set<Integer> uids = new HashSet<>();
        for (Setting uid : tenant.uids()) {
            uids.add(Values.uid(uid));
        }
        return uids;
    }

    /** Whole slabs only; the rest could never be used. */
    private static long arenaBytes(Setting setting, long slabBytes) throws ConfigException {
        long bytes = Values.bytes(setting) / slabBytes * slabBytes;
        if (bytes == 0) {
            throw ConfigException.of(
                    setting,
                    "is less than one slab of %s; raise it, or lower --slab-bytes"
                            .formatted(ByteSize.format(slabBytes)));
        }
        return bytes;
    }
}
