// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.collections.Int2ObjectHashMap;

/** The arena of one tenant: its memory, its slab range, its size classes, and what is in use. */
final class TenantArena {

    final int index;
    final String tenant;
    final MemorySegment memory;
    final int slabFirst;
    final int slabCount;

    /** Bytes of slots that are not free. */
    long usedBytes;

    /** Bytes of objects that some engine has a lease on. */
    long pinnedBytes;

    /** Bytes of slots granted to writers, until they are visible or given back. */
    long reservedBytes;

    /** Bytes of objects in quarantine. */
    long quarantinedBytes;

    /** Visible objects. */
    long objects;

    private final Int2ObjectHashMap<SizeClass> classes = new Int2ObjectHashMap<>();
    private final List<Shape> shapes = new ArrayList<>();

    TenantArena(int index, String tenant, MemorySegment memory, int slabFirst, int slabCount) {
        this.index = index;
        this.tenant = tenant;
        this.memory = memory;
        this.slabFirst = slabFirst;
        this.slabCount = slabCount;
    }

    long bytes() {
        return memory.byteSize();
    }

    SizeClass sizeClass(int stridePages, int slotsPerSlab) {
        SizeClass present = classes.get(stridePages);
        if (present != null) {
            return present;
        }
        SizeClass made = new SizeClass(this, stridePages, slotsPerSlab);
        classes.put(stridePages, made);
        return made;
    }

    /** The shape with these size classes, one a shard. */
    Shape shape(SizeClass[] shardClasses) {
        for (Shape shape : shapes) {
            if (Arrays.equals(shape.classes, shardClasses)) {
                return shape;
            }
        }
        Shape made = new Shape(this, shardClasses);
        shapes.add(made);
        for (SizeClass sizeClass : shardClasses) {
            if (!sizeClass.shapes.contains(made)) {
                sizeClass.shapes.add(made);
            }
        }
        return made;
    }

    List<Shape> shapes() {
        return shapes;
    }
}
