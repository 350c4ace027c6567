// SPDX-License-Identifier: Apache-2.0
package io.moonpool.cli;

import io.moonpool.proto.v1.ArenaStatus;
import io.moonpool.proto.v1.NamespaceStatus;
import io.moonpool.proto.v1.SessionStatus;
import io.moonpool.proto.v1.StatusReply;
import io.moonpool.sidecar.config.ByteSize;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A status as tables for a terminal. */
final class StatusTable {
    private static final int DIGEST_CHARS = 12;

    private StatusTable() {}

    static String of(StatusReply status) {
        return String.join(
                "\n",
                head(status),
                arenas(status),
                sessions(status),
                namespaces(status),
                counters(status));
    }

    private static String head(StatusReply status) {
        return "moonpool sidecar %s, up %s, start %d of its arena\n"
                .formatted(
                        status.getVersion(),
                        Duration.ofSeconds(status.getUptimeMs() / 1000)
                                .toString()
                                .substring(2)
                                .toLowerCase(Locale.ROOT),
                        status.getBootCount());
    }

    private static String arenas(StatusReply status) {
        TextTable table =
                new TextTable(
                        "TENANT", "ARENA", "USED", "PINNED", "RESERVED", "QUARANTINED", "BLOCKS");
        for (ArenaStatus arena : status.getArenasList()) {
            table.row(
                    arena.getTenant(),
                    ByteSize.format(arena.getBytes()),
                    ByteSize.format(arena.getUsedBytes()),
                    ByteSize.format(arena.getPinnedBytes()),
                    ByteSize.format(arena.getReservedBytes()),
                    ByteSize.format(arena.getQuarantinedBytes()),
                    Long.toString(arena.getObjects()));
        }
        return table.toString();
    }

    private static String sessions(StatusReply status) {
        TextTable table =
                new TextTable("ENGINE", "ROLE", "PID", "TENANT", "LEASES", "SAVES", "ALIVE");
        for (SessionStatus session : status.getSessionsList()) {
            table.row(
                    session.getEngineId(),
                    session.getRole().name().replace("ROLE_", "").toLowerCase(Locale.ROOT),
                    Integer.toUnsignedString(session.getPid()),
                    session.getTenant(),
                    Integer.toString(session.getLeases()),
                    Integer.toString(session.getIntents()),
                    session.getAlive() ? "yes" : "no");
        }
        return table.toString();
    }

    private static String namespaces(StatusReply status) {
        TextTable table = new TextTable("NAMESPACE", "TENANT", "DIGEST", "EPOCH", "BLOCKS");
        for (NamespaceStatus namespace : status.getNamespacesList()) {
            String digest = HexFormat.of().formatHex(namespace.getDigest().toByteArray());
            table.row(
                    namespace.getLabel(),
                    namespace.getTenant(),
                    digest.substring(0, Math.min(DIGEST_CHARS, digest.length())),
                    Long.toUnsignedString(namespace.getEpoch()),
                    Long.toString(namespace.getObjects()));
        }
        return table.toString();
    }

    /** Those that were never raised say nothing. */
    private static String counters(StatusReply status) {
        TextTable table = new TextTable("COUNTER", "VALUE");
        Map<String, Long> sorted = new TreeMap<>(status.getCountersMap());
        sorted.values().removeIf(value -> value == 0);
        sorted.forEach((name, value) -> table.row(name, Long.toUnsignedString(value)));
        return table.toString();
    }
}
