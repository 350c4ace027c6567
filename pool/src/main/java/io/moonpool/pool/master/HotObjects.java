// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master;

import io.moonpool.pool.state.Command;
import io.moonpool.pool.state.Digest;
import io.moonpool.pool.state.Directory;
import io.moonpool.pool.state.HotKeys;
import io.moonpool.pool.state.Locations;
import io.moonpool.pool.state.ObjectKey;
import java.util.ArrayList;
import java.util.List;

/** Has objects copied that many members ask for. Used by the directory's thread alone. */
final class HotObjects {
    private static final int THRESHOLD = 32;
    private static final long DECAY_MS = 10_000;
    private static final int KEYS_MAX = 256;

    private final HotKeys keys;
    private long decayedAt;

    HotObjects(long seed) {
        this.keys = new HotKeys(seed, THRESHOLD);
    }

    /** Of what was asked for, what somebody has. */
    void observe(Requests.Located asked, Locations found, Directory directory, long now) {
        if (found.isUnknownLayout()) {
            return;
        }
        decay(now);
        long salt = keys.salt(asked.layout(), asked.epoch());
        List<ObjectKey> hot = List.of();
        for (int i = 0; i < found.count(); i++) {
            if (found.place(i, 0) != Locations.NONE
                    && keys.observe(salt, asked.hashes(), i * Digest.BYTES)
                    && hot.size() < KEYS_MAX) {
                hot = hot.isEmpty() ? new ArrayList<>() : hot;
                hot.add(
                        new ObjectKey(
                                asked.layout(),
                                asked.epoch(),
                                Digest.of(asked.hashes(), i * Digest.BYTES)));
            }
        }
        if (!hot.isEmpty()) {
            directory.hot(new Command.Hot(now, hot));
        }
    }

    private void decay(long now) {
        if (now - decayedAt >= DECAY_MS) {
            decayedAt = now;
            keys.decay();
        }
    }
}
