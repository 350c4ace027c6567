// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/**
 * Objects that need the same slots: evicting any of them makes room for any other. Each shape has
 * one recency list, kept by {@link EvictionOrder}.
 */
final class Shape {

    final TenantArena arena;

    /** One a shard. */
    final SizeClass[] classes;

    /** Of all slots of an object. */
    final long objectBytes;

    int newest = ObjectTable.NONE;
    int oldest = ObjectTable.NONE;

    Shape(TenantArena arena, SizeClass[] classes) {
        this.arena = arena;
        this.classes = classes;
        long bytes = 0;
        for (SizeClass sizeClass : classes) {
            bytes += sizeClass.strideBytes();
        }
        this.objectBytes = bytes;
    }
}
