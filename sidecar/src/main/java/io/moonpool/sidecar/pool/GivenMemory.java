// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongPredicate;

/**
 * How much of the arena other hosts may fill: what the configuration says, or the sum of what the
 * attached workers were told, as each of Mooncake's workers adds a segment. It does not shrink when
 * they go: what they gave outlives them. Thread-safe.
 */
final class GivenMemory {

    private final long arenaBytes;
    private final Map<Long, Long> workers = new HashMap<>();
    private long bytes;

    GivenMemory(long arenaBytes) {
        this.arenaBytes = arenaBytes;
    }

    /** The configuration's word. */
    synchronized void fix(long configured) {
        bytes = Math.min(arenaBytes, configured);
    }

    /** A worker's session brings so much; {@code attached} says which sessions are still there. */
    synchronized void add(long session, long told, LongPredicate attached) {
        workers.keySet().removeIf(other -> !attached.test(other));
        workers.put(session, told);
        long sum = workers.values().stream().mapToLong(Long::longValue).sum();
        bytes = Math.max(bytes, Math.min(arenaBytes, sum));
    }

    synchronized long bytes() {
        return bytes;
    }
}
