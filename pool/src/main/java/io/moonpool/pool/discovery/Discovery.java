// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.discovery;

import java.time.Duration;
import java.util.Optional;

/**
 * A place for small JSON objects that outlives its users. Every call ends within the deadline that
 * it was opened with. Thread-safe.
 */
public interface Discovery extends AutoCloseable {
    int KEY_BYTES_MAX = 1 << 10;
    int VALUE_BYTES_MAX = 1 << 20;

    /**
     * Puts an entry in place of what was there, to be gone when {@code timeToLive} has passed
     * without another put. Mooncake's own HTTP servers know no time to live: there it stays.
     */
    void put(String key, String json, Duration timeToLive) throws DiscoveryException;

    Optional<String> get(String key) throws DiscoveryException;

    /** Whether there was one. */
    boolean delete(String key) throws DiscoveryException;

    /** Where it is, without secrets. */
    String place();

    @Override
    void close();
}
