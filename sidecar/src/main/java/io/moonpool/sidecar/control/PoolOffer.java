// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;

/** Takes what an engine says of the pool. */
@FunctionalInterface
public interface PoolOffer {

    /**
     * What one process of an engine was told of the pool.
     *
     * @param session its session
     * @param worker whether it is one that brings memory
     * @param settings in Mooncake's words
     * @param origin where the user wrote them
     */
    record Told(long session, boolean worker, Map<String, String> settings, String origin) {}

    /** {@code attached} says which sessions are there; returns lines for the engine's log. */
    List<String> offer(Told told, LongPredicate attached);

    /** A sidecar that joins no pool. */
    PoolOffer NONE = (told, attached) -> List.of();
}
