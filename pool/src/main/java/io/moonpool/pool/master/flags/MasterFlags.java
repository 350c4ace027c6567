// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.flags;

import io.moonpool.pool.master.flags.MasterConfig.Listener;
import io.moonpool.pool.master.flags.MasterConfig.Verbosity;
import io.moonpool.pool.settings.ConfigException;
import io.moonpool.pool.settings.Setting;
import io.moonpool.pool.settings.YamlReader;
import java.net.Inet4Address;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.yaml.snakeyaml.nodes.ScalarNode;

/** Turns the command line, and the file that it may name, into a {@link MasterConfig}. */
public final class MasterFlags {
    private static final Set<String> HELP =
            Set.of(
                    "help",
                    "helpfull",
                    "helpshort",
                    "helpmatch",
                    "helpon",
                    "helppackage",
                    "helpxml");
    private static final String VERSION = "version";
    private static final String CONFIG_PATH = "config_path";

    /** Mooncake's files have another name for this one flag. */
    private static final String CLIENT_TTL_IN_FILES = "client_live_ttl_sec";

    private static final String CLIENT_TTL = "client_ttl";
    private static final long CLIENT_TTL_MAX_S = 86_400;

    private final FlagTable table;
    private final List<Setting> commandLine;

    private MasterFlags(FlagTable table, List<Setting> commandLine) {
        this.table = table;
        this.commandLine = commandLine;
    }

    public static MasterFlags parse(List<String> arguments) throws ConfigException {
        FlagTable table = FlagTable.load();
        return new MasterFlags(table, FlagArguments.parse(arguments, table));
    }

    public boolean asksForHelp() {
        return commandLine.stream().anyMatch(setting -> HELP.contains(setting.field()));
    }

    public boolean asksForVersion() {
        return commandLine.stream().anyMatch(setting -> setting.field().equals(VERSION));
    }

    /** One line a flag, for {@code --help}. */
    public List<String> help() {
        return table.all().stream()
                .map(flag ->
                        "  --%s (%s, default: %s) %s: %s"
                                .formatted(
                                        flag.name(),
                                        flag.kind().name().toLowerCase(Locale.ROOT),
                                        flag.defaultText().isEmpty() ? "none" : flag.defaultText(),
                                        flag.treatment().text(),
                                        flag.words()))
                .toList();
    }

    /** Reads the file of {@code --config_path}, if there is one, and checks everything. */
    public MasterConfig config() throws ConfigException {
        FlagValues onlyFlags = new FlagValues(table, commandLine);
        String file = onlyFlags.text(CONFIG_PATH);
        if (file.isEmpty()) {
            return config(onlyFlags);
        }
        List<Setting> merged = new ArrayList<>(fileSettings(Path.of(file)));
        merged.addAll(commandLine);
        return config(new FlagValues(table, merged));
    }

    private List<Setting> fileSettings(Path file) throws ConfigException {
        YamlReader reader = new YamlReader("--" + CONFIG_PATH, file);
        List<Setting> settings = new ArrayList<>();
        // A raw tab can't be part of a JSON string, and YAML would refuse it as white space.
        for (YamlReader.Entry entry : reader.entries(text -> text.replace('\t', ' '))) {
            String name = known(entry.key());
            if (!(entry.node() instanceof ScalarNode)) {
                throw ConfigException.of(entry.key(), "needs a single value; write one");
            }
            settings.add(reader.setting(name, entry.node()));
        }
        return settings;
    }

    private String known(Setting key) throws ConfigException {
        String name = key.field().equals(CLIENT_TTL_IN_FILES) ? CLIENT_TTL : key.field();
        return table.find(name)
                .map(Flag::name)
                .orElseThrow(() ->
                        new ConfigException(
                                "%s: %s is no known flag; did you mean '%s'?"
                                        .formatted(
                                                key.origin(),
                                                key.field(),
                                                table.nearest(key.field()))));
    }

    private static MasterConfig config(FlagValues values) throws ConfigException {
        return new MasterConfig(
                rpc(values),
                listener(values, "metrics_host", "metrics_port"),
                values.bool("enable_http_metadata_server") || values.bool("metadata_server_only")
                        ? Optional.of(
                                listener(
                                        values,
                                        "http_metadata_server_host",
                                        "http_metadata_server_port"))
                        : Optional.empty(),
                values.bool("metadata_server_only"),
                values.bool("enable_metric_reporting"),
                values.bool("enable_multi_tenants"),
                Duration.ofSeconds(values.whole(CLIENT_TTL, 1, CLIENT_TTL_MAX_S)),
                dataDir(values),
                verbosity(values),
                values.withoutEffect());
    }

    private static Listener rpc(FlagValues values) throws ConfigException {
        String portFlag = values.port("rpc_port") == 0 ? "port" : "rpc_port";
        if (values.text("rpc_interface").isEmpty()) {
            return listener(values, "rpc_address", portFlag);
        }
        return new Listener(
                addressOf(values.setting("rpc_interface")),
                values.port(portFlag),
                "--" + portFlag,
                "--rpc_interface");
    }

    private static Listener listener(FlagValues values, String host, String port)
            throws ConfigException {
        if (values.text(host).isEmpty()) {
            throw ConfigException.of(values.setting(host), "is empty; name an address");
        }
        return new Listener(
                values.text(host).replaceAll("[\\[\\]]", ""),
                values.port(port),
                "--" + port,
                "--" + host);
    }

    private static String addressOf(Setting setting) throws ConfigException {
        try {
            return Optional.ofNullable(NetworkInterface.getByName(setting.value().strip())).stream()
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(Inet4Address.class::isInstance)
                    .findFirst()
                    .orElseThrow(() ->
                            ConfigException.of(
                                    setting,
                                    "is no interface with an IPv4 address; `ip -4 addr`"
                                            + " lists them"))
                    .getHostAddress();
        } catch (SocketException e) {
            throw ConfigException.of(setting, "can't be looked up: " + e.getMessage());
        }
    }

    private static Optional<Path> dataDir(FlagValues values) {
        return Optional.of(values.text("data_dir"))
                .filter(text -> !text.isEmpty())
                .map(text -> Path.of(text).toAbsolutePath().normalize());
    }

    private static Verbosity verbosity(FlagValues values) throws ConfigException {
        if (values.whole("v", Integer.MIN_VALUE, Integer.MAX_VALUE) > 0) {
            return Verbosity.DETAILED;
        }
        long least = values.whole("minloglevel", Integer.MIN_VALUE, Integer.MAX_VALUE);
        if (least <= 0) {
            return Verbosity.NORMAL;
        }
        return least == 1 ? Verbosity.WARNINGS : Verbosity.ERRORS;
    }
}
