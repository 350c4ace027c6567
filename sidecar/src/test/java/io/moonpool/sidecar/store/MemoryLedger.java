// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Keeps epochs as long as the test does; can be told to fail. */
final class MemoryLedger implements EpochLedger {

    private final Map<String, Long> epochs = new HashMap<>();
    boolean failing;

    @Override
    public synchronized long epoch(String tenant, byte[] digest) {
        return epochs.getOrDefault(key(tenant, digest), 1L);
    }

    @Override
    public synchronized void raise(String tenant, byte[] digest, long epoch) throws IOException {
        if (failing) {
            throw new IOException("disk full");
        }
        epochs.merge(key(tenant, digest), epoch, Math::max);
    }

    private static String key(String tenant, byte[] digest) {
        return tenant + Arrays.toString(digest);
    }
}
