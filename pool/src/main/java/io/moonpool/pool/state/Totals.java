// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

/**
 * The directory in figures.
 *
 * @param objects with at least one replica, as far as the dead are swept
 * @param capacityBytes of the members that are located
 * @param indexBytes memory of the directory outside the heap
 */
public record Totals(
        long objects,
        long replicas,
        int members,
        long capacityBytes,
        long usedBytes,
        long ssdBytes,
        long softPinned,
        long hardPinned,
        long tombstones,
        long sweepLeft,
        long published,
        long retracted,
        long ordersGiven,
        long indexBytes) {}
