// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/** What most parts of the store need, made once. */
record StoreParts(
        StoreConfig config,
        StoreFiles files,
        StoreMetrics metrics,
        ObjectStore store,
        SessionTable sessions,
        EngineTable engines,
        NamespaceTable namespaces,
        Budgets budgets) {}
