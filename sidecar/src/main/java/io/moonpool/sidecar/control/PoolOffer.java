// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import java.util.List;
import java.util.Map;

/** Takes what an engine says of the pool. */
@FunctionalInterface
public interface PoolOffer {

    /** {@code settings} in Mooncake's words; returns lines for the engine's log. */
    List<String> offer(Map<String, String> settings, String origin);

    /** A sidecar that joins no pool. */
    PoolOffer NONE = (settings, origin) -> List.of();
}
