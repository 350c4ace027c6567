// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.ArrayList;
import java.util.List;

/** The engines of the host, by the index that stands for them in pins. */
final class EngineTable {

    private final Engine[] engines = new Engine[EnginePins.ENGINES_MAX];

    /** Indices that processes of an earlier life are still known by. */
    private long quarantined;

    /**
     * The engine that a process belongs to, made if it is the first; {@code preferredIndex} below
     * 0: any will do.
     */
    Engine intern(SessionRequest request, Namespace namespace, int preferredIndex) {
        for (Engine engine : engines) {
            boolean same =
                    engine != null
                            && engine.namespace.arena == namespace.arena
                            && engine.engineId.equals(request.engineId());
            if (same) {
                engine.checkAgrees(request, namespace);
                return engine;
            }
        }
        int index =
                preferredIndex >= 0 && engines[preferredIndex] == null
                        ? preferredIndex
                        : freeIndex();
        engines[index] = new Engine(index, request, namespace);
        return engines[index];
    }

    private int freeIndex() {
        for (int index = 0; index < engines.length; index++) {
            if (engines[index] == null && (quarantined >>> index & 1) == 0) {
                return index;
            }
        }
        throw new StoreRefusal(
                StoreRefusal.Code.EXHAUSTED,
                "engine_id: "
                        + engines.length
                        + " engines are attached or still being waited for; stop one first");
    }

    void quarantined(long mask) {
        quarantined = mask;
    }

    /** Forgets engines without processes that hold nothing. */
    void removeIdle() {
        for (int index = 0; index < engines.length; index++) {
            Engine engine = engines[index];
            boolean idle =
                    engine != null
                            && engine.sessions.isEmpty()
                            && engine.openings == 0
                            && engine.pinnedBytes == 0
                            && engine.reservedBytes == 0;
            if (idle) {
                engines[index] = null;
            }
        }
    }

    List<Engine> all() {
        List<Engine> all = new ArrayList<>();
        for (Engine engine : engines) {
            if (engine != null) {
                all.add(engine);
            }
        }
        return all;
    }
}
