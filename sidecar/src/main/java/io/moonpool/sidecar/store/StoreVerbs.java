// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/** The parts that do what clients and the control plane ask. */
record StoreVerbs(
        Lookups lookups,
        Saves saves,
        Resets resets,
        Attachments attachments,
        Evictor evictor,
        EvictionEvents events,
        ChecksumFeeder feeder,
        Quarantine quarantine,
        Pool pool) {

    /** What serves the pool beyond this host. */
    record Pool(
            Staging staging,
            StagedWrites writes,
            Describer describer,
            Inventory inventory,
            Holdings holdings) {}
}
