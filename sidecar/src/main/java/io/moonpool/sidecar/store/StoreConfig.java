// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.nio.file.Path;
import java.util.List;

/**
 * What a store needs to know, validated by whoever builds it from files and flags.
 *
 * @param arenas one a tenant, in the order of their indices
 * @param slabBytes a power of two from 1 MiB to 1 GiB; no slot is larger
 * @param runtimeDir a directory of a tmpfs that no other sidecar uses
 * @param checksumThreads threads that checksum, at least one
 * @param leaseShare part of its arena that one engine may pin
 * @param allLeasesShare part of an arena that all engines together may pin
 * @param reservationShare part of its arena that one engine may have reserved for saves
 * @param requestRingBytes capacity of a scheduler's request ring, a power of two
 * @param completionRingBytes capacity of a scheduler's completion ring, a power of two
 * @param lookupDeadlineMs what clients are told to wait for an answer from memory
 * @param sessionsMax sessions of all engines at once
 */
public record StoreConfig(
        List<ArenaSpec> arenas,
        long slabBytes,
        Path runtimeDir,
        int checksumThreads,
        double leaseShare,
        double allLeasesShare,
        double reservationShare,
        int requestRingBytes,
        int completionRingBytes,
        int lookupDeadlineMs,
        int sessionsMax) {

    public static final long SLAB_BYTES_DEFAULT = 64L << 20;
    public static final double LEASE_SHARE_DEFAULT = 0.25;
    public static final double ALL_LEASES_SHARE_DEFAULT = 0.75;
    public static final double RESERVATION_SHARE_DEFAULT = 0.25;
    public static final int RING_BYTES_DEFAULT = 4 << 20;
    public static final int LOOKUP_DEADLINE_MS_DEFAULT = 20;
    public static final int SESSIONS_MAX_DEFAULT = 1024;

    public StoreConfig {
        arenas = List.copyOf(arenas);
    }

    /** The defaults around the three things that have none. */
    public static StoreConfig of(final List<ArenaSpec> arenas, long slabBytes, Path runtimeDir) {
        return new StoreConfig(
                arenas,
                slabBytes,
                runtimeDir,
                Math.max(1, Math.min(8, Runtime.getRuntime().availableProcessors() - 1)),
                LEASE_SHARE_DEFAULT,
                ALL_LEASES_SHARE_DEFAULT,
                RESERVATION_SHARE_DEFAULT,
                RING_BYTES_DEFAULT,
                RING_BYTES_DEFAULT,
                LOOKUP_DEADLINE_MS_DEFAULT,
                SESSIONS_MAX_DEFAULT);
    }
}
