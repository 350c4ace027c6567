// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/**
 * Has an epoch written where it survives a crash, on a thread that may wait for a disk; the outcome
 * comes back later.
 */
@FunctionalInterface
interface LedgerWriter {
    void raise(Namespace namespace, long epoch);
}
