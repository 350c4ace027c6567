// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.config;

import java.util.Arrays;
import java.util.Optional;

/**
 * What can be configured, under one name in the YAML file and, with two dashes, on the command
 * line.
 */
public enum ConfigKey {
    SOCKET(
            "socket",
            "/tmp/moonpool-<uid>/sidecar.sock",
            "Unix socket by which engines find the sidecar"),
    ARENA_BYTES("arena-bytes", "4GiB", "memory for cached blocks, of each tenant that names none"),
    ARENA_DIR("arena-dir", "/dev/shm", "a tmpfs; the arena files are made below it"),
    DATA_DIR(
            "data-dir",
            "a directory for each socket below $XDG_STATE_HOME/moonpool",
            "what must survive a reboot"),
    SLAB_BYTES(
            "slab-bytes", "64MiB", "unit in which memory is given to one slot size; largest slot"),
    HTTP_LISTEN(
            "http-listen", "127.0.0.1:7170", "host:port of /metrics, /healthz, /readyz, or none"),
    ALLOW_UID("allow-uid", "none", "another user whose engines may attach; may be repeated"),
    CHECKSUM_THREADS(
            "checksum-threads", "half the processors, at most 4", "threads that checksum payload"),
    LEASE_SHARE("lease-share", "0.25", "share of an arena that one engine may pin"),
    ALL_LEASES_SHARE("all-leases-share", "0.75", "share of an arena that all engines may pin"),
    RESERVATION_SHARE(
            "reservation-share", "0.25", "share of an arena that an engine's saves may hold"),
    LOG_FORMAT("log-format", "text", "text, or json for one object a line"),
    LOG_LEVEL("log-level", "info", "error, warn, info or debug"),
    MASTER(
            "master",
            "none: this host alone",
            "host:port of the pool's master, or several with commas; Mooncake's"
                    + " master_server_address"),
    EMBEDDED_MASTER(
            "embedded-master",
            "none",
            "host:port at which this sidecar is the pool's master itself, instead of `master`"),
    LOCAL_HOSTNAME(
            "local-hostname",
            "the address of the route to the master",
            "how other hosts reach this one"),
    TRANSFER_LISTEN(
            "transfer-listen",
            "any port of local-hostname",
            "host:port for blocks; the calls of other members go to the port after it"),
    GLOBAL_SEGMENT_SIZE(
            "global-segment-size",
            "the arena's size",
            "memory that other hosts may fill; 0: only this host's engines do"),
    METADATA_SERVER(
            "metadata-server",
            "P2PHANDSHAKE",
            "http://host:port/metadata, etcd://, redis:// or P2PHANDSHAKE"),
    PREFERRED_SEGMENT(
            "preferred-segment",
            "none",
            "local-hostname of the member that placements go to first"),
    PROTOCOL("protocol", "tcp", "tcp or rdma"),
    DEVICE_NAME("device-name", "any", "network devices or addresses to use, with commas"),
    TRANSPORT("transport", "auto", "auto, map, ucx-rc, ucx-tcp or tcp"),
    REQUIRE_RDMA("require-rdma", "false", "true: do not start where there is no RDMA"),
    WARM_UP_MS(
            "warm-up-ms",
            "1000",
            "how long at most a member calls itself when it starts, so that first lookups are quick"),
    TENANTS("tenants", "one, named 'default'", "name, arena-bytes and uids of each tenant");

    private final String yamlName;
    private final String defaultText;
    private final String help;

    ConfigKey(String yamlName, String defaultText, String help) {
        this.yamlName = yamlName;
        this.defaultText = defaultText;
        this.help = help;
    }

    public String yamlName() {
        return yamlName;
    }

    /** The value that holds when nothing was said, or in words how it comes about. */
    public String defaultText() {
        return defaultText;
    }

    public String help() {
        return help;
    }

    /** Underscores are taken for dashes: people write both. */
    static Optional<ConfigKey> byName(String name) {
        String wanted = name.replace('_', '-');
        return Arrays.stream(values()).filter(key -> key.yamlName.equals(wanted)).findFirst();
    }
}
