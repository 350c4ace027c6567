// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/**
 * What the store counts, under the name it is exported by (with a prefix and a suffix of the
 * exporter).
 */
public enum StoreCount {
    LOOKUPS("lookups", "Lookups answered"),
    LOOKUP_NANOS("lookup_nanos", "Time spent on lookups by the store's thread"),
    LOOKUP_BLOCKS("lookup_blocks", "Blocks asked for"),
    HIT_BLOCKS("hit_blocks", "Blocks leased"),
    HIT_TOKENS("hit_tokens", "Tokens granted beyond the engines' own hits"),
    PREFETCHES("prefetches", "Lookups that only touch"),
    MISS_NEVER_STORED("miss_never_stored", "Hits that end at a block never stored"),
    MISS_EVICTED("miss_evicted", "Hits that end at a block that was evicted"),
    MISS_IN_PROGRESS("miss_in_progress", "Hits that end at a block being saved"),
    MISS_CORRUPT("miss_corrupt", "Hits that end at a block whose checksum failed"),
    MISS_OVER_BUDGET("miss_over_budget", "Hits cut by the budget of pinned bytes"),
    MISS_WINDOW("miss_window", "Hits cut by a window group"),
    MISS_RESET("miss_reset", "Hits that end at a block of an epoch before a reset"),
    INTENDS("intends", "Intends answered"),
    BLOCKS_GRANTED("blocks_granted", "Blocks of intends that were granted slots"),
    BLOCKS_HAVE("blocks_have", "Blocks of intends that were here already"),
    BLOCKS_BUSY("blocks_busy", "Blocks of intends that somebody else was saving"),
    BLOCKS_NO_SPACE("blocks_no_space", "Blocks that found no slot"),
    BLOCKS_STORED("blocks_stored", "Blocks that became visible"),
    BYTES_STORED("bytes_stored", "Payload bytes that became visible"),
    BLOCKS_ABORTED("blocks_aborted", "Granted blocks that were given back"),
    BLOCKS_EVICTED("blocks_evicted", "Blocks evicted"),
    BLOCKS_RECLAIMED("blocks_reclaimed", "Blocks of old epochs that were reclaimed"),
    BLOCKS_CORRUPT("blocks_corrupt", "Blocks whose checksum failed when leased"),
    SLABS_REASSIGNED("slabs_reassigned", "Slabs emptied for another slot size"),
    CHECKSUM_BYTES("checksum_bytes", "Bytes checksummed"),
    CHECKSUM_NANOS("checksum_nanos", "Thread time spent on checksums"),
    LOOKUPS_STAGED("lookups_staged", "Lookups that waited for blocks of other hosts"),
    STAGING_LATE("staging_late", "Jobs for blocks of other hosts that took too long to wait for"),
    BLOCKS_STAGED("blocks_staged", "Blocks that came from other hosts"),
    BYTES_STAGED("bytes_staged", "Payload bytes that came from other hosts"),
    DESCRIPTIONS("descriptions", "Questions of other hosts about blocks here"),
    RELEASES("releases", "Leases ended by their owner"),
    RESETS("resets", "Epochs raised"),
    LEDGER_FAILURES("ledger_failures", "Epochs that could not be made durable"),
    ANSWERS_DROPPED("answers_dropped", "Answers dropped at a full completion ring"),
    EVENTS_DROPPED("events_dropped", "Events dropped at a full completion ring"),
    MALFORMED("malformed", "Jobs refused as malformed or over a bound"),
    STALE_EPOCHS("stale_epochs", "Jobs refused for an old epoch"),
    VIOLATIONS("violations", "Sessions ended for breaking the protocol"),
    SESSIONS_OPENED("sessions_opened", "Sessions opened"),
    SESSIONS_DEAD("sessions_dead", "Sessions whose process died"),
    OBJECTS_ADOPTED("objects_adopted", "Blocks taken over from an earlier sidecar"),
    SLOTS_QUARANTINED("slots_quarantined", "Slots quarantined at the start");

    private final String exportName;
    private final String help;

    StoreCount(String exportName, String help) {
        this.exportName = exportName;
        this.help = help;
    }

    public String exportName() {
        return exportName;
    }

    public String help() {
        return help;
    }
}
