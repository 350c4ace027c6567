// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import io.moonpool.pool.discovery.MetadataAddress;
import io.moonpool.pool.settings.ConfigException;
import io.moonpool.pool.settings.Setting;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads what a pool needs; without a master there is none. */
final class PoolReader {

    private static final Pattern HOST_PORT = Pattern.compile("(\\[[^]]+]|[^:\\[\\]]+):(\\d{1,5})");
    private static final int PORT_MAX = 65_535;
    private static final int MASTERS_MAX = 16;
    private static final Duration WARM_UP = Duration.ofSeconds(1);

    private final Settings settings;
    private final long arenaBytes;

    PoolReader(Settings settings, long arenaBytes) {
        this.settings = settings;
        this.arenaBytes = arenaBytes;
    }

    Optional<PoolConfig> read() throws ConfigException {
        PoolConfig.TransportChoice transport = transport();
        boolean requireRdma = flag(ConfigKey.REQUIRE_RDMA);
        refuseWhatIsNotThere(transport, requireRdma);
        Optional<HttpAddress> embedded = embeddedMaster();
        List<String> masters = masters(embedded);
        if (masters.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new PoolConfig(
                        masters,
                        embedded,
                        text(ConfigKey.LOCAL_HOSTNAME),
                        transferListen(),
                        segmentBytes(),
                        metadataServer(),
                        text(ConfigKey.PREFERRED_SEGMENT).orElse(""),
                        protocol(),
                        text(ConfigKey.DEVICE_NAME).map(PoolReader::parts).orElse(List.of()),
                        transport,
                        requireRdma,
                        warmUp()));
    }

    private Optional<HttpAddress> embeddedMaster() throws ConfigException {
        Optional<Setting> setting = settings.last(ConfigKey.EMBEDDED_MASTER);
        Optional<HttpAddress> address =
                setting.isEmpty() ? Optional.empty() : HttpAddress.parse(setting.get());
        if (address.isPresent() && text(ConfigKey.MASTER).isPresent()) {
            throw ConfigException.of(
                    setting.get(),
                    "and master exclude each other: a sidecar has one; leave one out");
        }
        if (address.isPresent() && isEverywhere(address.get())) {
            throw ConfigException.of(
                    setting.get(), "must be one address of this host, by which others reach it");
        }
        return address;
    }

    private static boolean isEverywhere(HttpAddress address) {
        InetSocketAddress socket = address.socketAddress();
        return socket.isUnresolved() || socket.getAddress().isAnyLocalAddress();
    }

    /** None: there is no pool. */
    private List<String> masters(Optional<HttpAddress> embedded) throws ConfigException {
        if (embedded.isPresent()) {
            return List.of(embedded.get().written());
        }
        return text(ConfigKey.MASTER).isPresent()
                ? addresses(settings.last(ConfigKey.MASTER).orElseThrow())
                : List.of();
    }

    private Duration warmUp() throws ConfigException {
        Optional<Setting> setting = settings.last(ConfigKey.WARM_UP_MS);
        if (setting.isEmpty()) {
            return WARM_UP;
        }
        String text = setting.get().value().strip();
        if (!text.matches("\\d{1,6}")) {
            throw ConfigException.of(setting.get(), "is no number of milliseconds up to 999999");
        }
        return Duration.ofMillis(Integer.parseInt(text));
    }

    private void refuseWhatIsNotThere(PoolConfig.TransportChoice transport, boolean requireRdma)
            throws ConfigException {
        boolean rdma =
                transport == PoolConfig.TransportChoice.UCX_RC
                        || transport == PoolConfig.TransportChoice.UCX_TCP;
        if (rdma) {
            throw ConfigException.of(
                    settings.last(ConfigKey.TRANSPORT).orElseThrow(),
                    "is not available: this build moves blocks by tcp; write auto or tcp");
        }
        if (requireRdma) {
            throw ConfigException.of(
                    settings.last(ConfigKey.REQUIRE_RDMA).orElseThrow(),
                    "can't be met on device "
                            + text(ConfigKey.DEVICE_NAME).orElse("any")
                            + ": this build has no RDMA transport; leave it out to use tcp");
        }
    }

    private static List<String> addresses(Setting master) throws ConfigException {
        List<String> addresses = parts(master.value());
        if (addresses.isEmpty() || addresses.size() > MASTERS_MAX) {
            throw ConfigException.of(
                    master, "must name 1 to " + MASTERS_MAX + " masters as host:port");
        }
        for (String address : addresses) {
            var matcher = HOST_PORT.matcher(address);
            boolean good =
                    matcher.matches()
                            && Integer.parseInt(matcher.group(2)) > 0
                            && Integer.parseInt(matcher.group(2)) <= PORT_MAX;
            if (!good) {
                throw ConfigException.of(
                        master, "is no address; write host:port, as in 10.0.0.1:50051");
            }
        }
        return addresses;
    }

    private static List<String> parts(String list) {
        return Arrays.stream(list.split(","))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .toList();
    }

    private Optional<String> text(ConfigKey key) {
        return settings.last(key).map(Setting::value).map(String::strip).filter(t -> !t.isEmpty());
    }

    private boolean flag(ConfigKey key) throws ConfigException {
        Optional<Setting> setting = settings.last(key);
        if (setting.isEmpty()) {
            return false;
        }
        return switch (setting.get().value().strip().toLowerCase(Locale.ROOT)) {
            case "true", "1", "yes" -> true;
            case "false", "0", "no", "" -> false;
            default -> throw ConfigException.of(setting.get(), "is neither true nor false");
        };
    }

    private Optional<HttpAddress> transferListen() throws ConfigException {
        Optional<Setting> setting = settings.last(ConfigKey.TRANSFER_LISTEN);
        return setting.isEmpty() ? Optional.empty() : HttpAddress.parse(setting.get());
    }

    private long segmentBytes() throws ConfigException {
        Optional<Setting> setting = settings.last(ConfigKey.GLOBAL_SEGMENT_SIZE);
        return setting.isEmpty() ? arenaBytes : Math.min(arenaBytes, Values.bytes(setting.get()));
    }

    private PoolConfig.Protocol protocol() throws ConfigException {
        Optional<Setting> setting = settings.last(ConfigKey.PROTOCOL);
        return setting.isEmpty() || setting.get().value().isBlank()
                ? PoolConfig.Protocol.TCP
                : Values.choice(setting.get(), PoolConfig.Protocol.class);
    }

    private MetadataAddress metadataServer() throws ConfigException {
        return MetadataAddress.parse(
                settings.last(ConfigKey.METADATA_SERVER)
                        .orElse(
                                new Setting(
                                        ConfigKey.METADATA_SERVER.yamlName(),
                                        "",
                                        Setting.DEFAULT)));
    }

    private PoolConfig.TransportChoice transport() throws ConfigException {
        Optional<Setting> setting = settings.last(ConfigKey.TRANSPORT);
        if (setting.isEmpty()) {
            return PoolConfig.TransportChoice.AUTO;
        }
        for (PoolConfig.TransportChoice choice : PoolConfig.TransportChoice.values()) {
            if (choice.toString().equalsIgnoreCase(setting.get().value().strip())) {
                return choice;
            }
        }
        throw ConfigException.of(
                setting.get(), "is not known; write one of auto, map, ucx-rc, ucx-tcp, tcp");
    }
}
