// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.discovery;

import java.time.Duration;
import java.util.Optional;

/** {@code P2PHANDSHAKE}: nothing is kept anywhere. */
final class NoDiscovery implements Discovery {
    @Override
    public void put(String key, String json, Duration timeToLive) {
        // Peers learn of each other from the master.
    }

    @Override
    public Optional<String> get(String key) {
        return Optional.empty();
    }

    @Override
    public boolean delete(String key) {
        return false;
    }

    @Override
    public String place() {
        return new MetadataAddress.PeerToPeer().toString();
    }

    @Override
    public void close() {
        // Nothing was opened.
    }
}
