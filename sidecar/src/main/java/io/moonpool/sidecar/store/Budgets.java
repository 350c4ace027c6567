// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/**
 * How many bytes an engine may still pin or reserve. Nobody waits for a budget: what does not fit
 * is not granted.
 */
final class Budgets {

    private final StoreConfig config;

    Budgets(StoreConfig config) {
        this.config = config;
    }

    long leaseBudget(TenantArena arena) {
        return (long) (arena.bytes() * config.leaseShare());
    }

    long leaseBytesLeft(Engine engine) {
        TenantArena arena = engine.namespace.arena;
        long own = leaseBudget(arena) - engine.pinnedBytes;
        long all = (long) (arena.bytes() * config.allLeasesShare()) - arena.pinnedBytes;
        return Math.max(0, Math.min(own, all));
    }

    long reservationBytesLeft(Engine engine) {
        TenantArena arena = engine.namespace.arena;
        return Math.max(
                0, (long) (arena.bytes() * config.reservationShare()) - engine.reservedBytes);
    }
}
