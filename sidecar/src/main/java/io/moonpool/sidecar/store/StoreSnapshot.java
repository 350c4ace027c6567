// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.nio.file.Path;
import java.util.List;

/** The store at one moment, consistent in itself. */
public record StoreSnapshot(
        byte[] bootId,
        int bootCount,
        List<ArenaSnapshot> arenas,
        List<SessionSnapshot> sessions,
        List<NamespaceSnapshot> namespaces) {

    /**
     * {@code usedBytes} counts all slots that are not free, reserved and quarantined ones among
     * them.
     */
    public record ArenaSnapshot(
            String tenant,
            Path path,
            long bytes,
            long slabBytes,
            long usedBytes,
            long pinnedBytes,
            long reservedBytes,
            long quarantinedBytes,
            long objects) {}

    /** {@code accepting}: its rings are polled. */
    public record SessionSnapshot(
            long sessionId,
            String engineId,
            int engineIndex,
            SessionRole role,
            int rank,
            int pid,
            String tenant,
            int leases,
            int intents,
            boolean accepting) {}

    public record NamespaceSnapshot(
            byte[] digest, String label, long epoch, long objects, String tenant) {}
}
