// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import io.moonpool.shm.layout.SlotHeaderDescriptor;
import java.util.ArrayList;
import java.util.List;

/** All processes of one engine: what they agreed on, and what the engine holds. */
final class Engine {

    final int index;
    final String engineId;
    final Namespace namespace;
    final List<GroupSpec> groups;
    final int worldSize;

    /** Bytes of objects that it has leases on. */
    long pinnedBytes;

    /** Bytes of slots granted to it. */
    long reservedBytes;

    /** Sessions whose files are being made. */
    int openings;

    /** Its sessions whose processes may live, and ended ones that still hold something. */
    final List<Session> sessions = new ArrayList<>();

    Engine(int index, SessionRequest request, Namespace namespace) {
        this.index = index;
        this.engineId = request.engineId();
        this.namespace = namespace;
        this.groups = request.groups();
        this.worldSize = request.worldSize();
    }

    /** The sidecar itself, as a writer of what comes from other hosts. */
    private Engine(Namespace namespace) {
        this.index = SlotHeaderDescriptor.WRITER_SIDECAR;
        this.engineId = "sidecar";
        this.namespace = namespace;
        this.groups = List.of();
        this.worldSize = 0;
    }

    static Engine sidecar(Namespace namespace) {
        return new Engine(namespace);
    }

    long bit() {
        return 1L << index;
    }

    /** All processes of an engine must say the same. */
    void checkAgrees(SessionRequest request, Namespace other) {
        if (namespace != other) {
            throw contradiction("namespace");
        }
        if (!groups.equals(request.groups())) {
            throw contradiction("groups");
        }
        if (worldSize != request.worldSize()) {
            throw contradiction("world_size");
        }
    }

    private StoreRefusal contradiction(String field) {
        return new StoreRefusal(
                StoreRefusal.Code.PRECONDITION,
                field
                        + " contradicts the other processes of engine_id "
                        + engineId
                        + "; give each engine an engine_id of its own, or start all its processes"
                        + " with the same settings");
    }
}
