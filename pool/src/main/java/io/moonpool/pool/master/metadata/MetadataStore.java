// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.metadata;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Entries by key, each with an end or without one. Bounded in number and bytes: whoever fills it is
 * refused, and what is there stays. Thread-safe.
 */
final class MetadataStore {
    static final int ENTRIES_MAX = 16_384;
    static final int KEY_BYTES_MAX = 1 << 10;
    static final int VALUE_BYTES_MAX = 1 << 20;
    static final long BYTES_MAX = 64L << 20;

    /** Mooncake's clients must not overwrite each other's addresses. */
    private static final String WRITE_ONCE = "rpc_meta";

    private static final long NO_END = Long.MAX_VALUE;

    private final LongSupplier clockMs;
    private final Map<String, Entry> entries = new HashMap<>();
    private long bytes;

    private record Entry(String value, long bytes, long endMs) {}

    /** What became of a put. */
    enum Put {
        UPDATED,
        UNCHANGED,
        DUPLICATE,
        TOO_LARGE,
        FULL
    }

    MetadataStore(LongSupplier clockMs) {
        this.clockMs = clockMs;
    }

    synchronized Put put(String key, String value, Optional<Long> timeToLiveMs) {
        long now = clockMs.getAsLong();
        Entry before = present(key, now);
        if (before != null && key.contains(WRITE_ONCE)) {
            return before.value().equals(value) ? Put.UNCHANGED : Put.DUPLICATE;
        }
        long valueBytes = length(value);
        if (length(key) > KEY_BYTES_MAX || valueBytes > VALUE_BYTES_MAX) {
            return Put.TOO_LARGE;
        }
        long size = length(key) + valueBytes;
        if (!fits(before, size)) {
            dropEnded(now);
            if (!fits(before, size)) {
                return Put.FULL;
            }
        }
        remove(key);
        entries.put(key, new Entry(value, size, timeToLiveMs.map(ms -> now + ms).orElse(NO_END)));
        bytes += size;
        return Put.UPDATED;
    }

    private boolean fits(Entry before, long size) {
        int more = before == null ? 1 : 0;
        long freed = before == null ? 0 : before.bytes();
        return entries.size() + more <= ENTRIES_MAX && bytes - freed + size <= BYTES_MAX;
    }

    private static long length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    synchronized Optional<String> get(String key) {
        return Optional.ofNullable(present(key, clockMs.getAsLong())).map(Entry::value);
    }

    synchronized boolean delete(String key) {
        boolean there = present(key, clockMs.getAsLong()) != null;
        remove(key);
        return there;
    }

    private Entry present(String key, long now) {
        Entry entry = entries.get(key);
        if (entry == null || now < entry.endMs()) {
            return entry;
        }
        remove(key);
        return null;
    }

    private void remove(String key) {
        Entry entry = entries.remove(key);
        bytes -= entry == null ? 0 : entry.bytes();
    }

    private void dropEnded(long now) {
        Iterator<Entry> all = entries.values().iterator();
        while (all.hasNext()) {
            Entry entry = all.next();
            if (now >= entry.endMs()) {
                bytes -= entry.bytes();
                all.remove();
            }
        }
    }
}
