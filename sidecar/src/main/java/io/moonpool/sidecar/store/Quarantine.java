// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.agrona.collections.IntArrayList;

/**
 * Slots that processes of an earlier life may still touch. An engine's slots leave when each of its
 * processes has attached again or is proven dead.
 */
final class Quarantine {

    private final ObjectStore store;
    private final EngineTable engines;
    private final Map<Long, OrphanSession> orphans = new HashMap<>();
    private final IntArrayList objects = new IntArrayList();

    Quarantine(ObjectStore store, EngineTable engines, List<OrphanSession> found) {
        this.store = store;
        this.engines = engines;
        for (OrphanSession orphan : found) {
            orphans.put(orphan.sessionId(), orphan);
        }
        engines.quarantined(mask());
    }

    /** Indices of engines that have processes left. */
    long mask() {
        long mask = 0;
        for (OrphanSession orphan : orphans.values()) {
            mask |= 1L << orphan.engineIndex();
        }
        return mask;
    }

    /** An adopted object that these engines may touch. */
    void add(int object, long engineMask) {
        objects.addInt(object);
        store.objects.quarantineMask(object, engineMask);
        store.addHold(object);
        store.arenaOf(object).quarantinedBytes += store.bytesOf(object);
    }

    OrphanSession find(long sessionId) {
        return orphans.get(sessionId);
    }

    List<OrphanSession> orphans() {
        return new ArrayList<>(orphans.values());
    }

    /** The process has attached again, or is dead. */
    void resolve(long sessionId) {
        OrphanSession orphan = orphans.remove(sessionId);
        if (orphan == null) {
            return;
        }
        try {
            Files.deleteIfExists(orphan.sessionFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        long mask = mask();
        engines.quarantined(mask);
        if ((mask >>> orphan.engineIndex() & 1) == 0) {
            lift(1L << orphan.engineIndex());
        }
    }

    private void lift(long engine) {
        int kept = 0;
        for (int i = 0; i < objects.size(); i++) {
            int object = objects.getInt(i);
            long mask = store.objects.quarantineMask(object) & ~engine;
            boolean lifted = mask != store.objects.quarantineMask(object);
            if (lifted) {
                store.objects.quarantineMask(object, mask);
                store.writePins(object);
            }
            if (mask == 0) {
                store.arenaOf(object).quarantinedBytes -= store.bytesOf(object);
                store.removeHold(object);
            } else {
                objects.setInt(kept++, object);
            }
        }
        while (objects.size() > kept) {
            objects.removeAt(objects.size() - 1);
        }
    }
}
