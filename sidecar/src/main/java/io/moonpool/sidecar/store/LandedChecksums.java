// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.shm.headers.HeaderTable;
import io.moonpool.shm.headers.SlotChecksum;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Judges payload that landed in a reserved slot: read once, for the owner's checksum and ours. */
public final class LandedChecksums {

    private final HeaderTable headers;
    private final SlotChecksum[] checksums;

    LandedChecksums(HeaderTable headers, List<MemorySegment> arenas) {
        this.headers = headers;
        this.checksums = new SlotChecksum[arenas.size()];
        for (int i = 0; i < checksums.length; i++) {
            checksums[i] = new SlotChecksum(arenas.get(i));
        }
    }

    /** The checksum of the slot's payload alone. */
    public int payload(int arena, StageGrant.SlotPlace place) {
        return checksums[arena].payloadCrc32c(place.arenaOffset(), place.payloadBytes());
    }

    /** True when these are the bytes that the owner committed under its generation. */
    public boolean isOwners(
            int arena,
            StageGrant.SlotPlace place,
            long ownerGeneration,
            int ownerCrc32c,
            int payload) {
        return checksums[arena].under(headers, place.slot(), ownerGeneration, payload)
                == ownerCrc32c;
    }

    /** What our header is to say. */
    public int ours(int arena, StageGrant.SlotPlace place, int payload) {
        return checksums[arena].under(
                headers, place.slot(), headers.generation(place.slot()), payload);
    }
}
