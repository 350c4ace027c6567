// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** The layouts that were seen in this life, by ordinal. */
final class LayoutTable {

    static final int LAYOUTS_MAX = 65_536;

    private final ObjectTable objects;
    private GroupLayout[] layouts = new GroupLayout[16];
    private int count;
    private final Map<ByteBuffer, GroupLayout> byDigest = new HashMap<>();

    /** Read by other threads. */
    private final List<LayoutInfo> infos = new CopyOnWriteArrayList<>();

    LayoutTable(ObjectTable objects) {
        this.objects = objects;
    }

    GroupLayout intern(Namespace namespace, GroupSpec spec, int hashBytes, SlabAllocator slabs) {
        for (int i = 0; i < count; i++) {
            GroupLayout layout = layouts[i];
            if (layout.matches(namespace, spec, hashBytes)) {
                return layout;
            }
        }
        if (count == LAYOUTS_MAX) {
            throw new StoreRefusal(
                    StoreRefusal.Code.EXHAUSTED,
                    "groups: the sidecar has seen "
                            + LAYOUTS_MAX
                            + " layouts; restart it to forget the unused");
        }
        SizeClass[] classes = new SizeClass[spec.shards().size()];
        for (int i = 0; i < classes.length; i++) {
            classes[i] = slabs.sizeClass(namespace.arena, spec.shards().get(i).slotBytes());
        }
        Shape shape = namespace.arena.shape(classes);
        GroupLayout made = new GroupLayout(count, namespace, spec, hashBytes, shape);
        if (count == layouts.length) {
            layouts = Arrays.copyOf(layouts, count * 2);
        }
        layouts[count++] = made;
        infos.add(made.info);
        byDigest.put(ByteBuffer.wrap(made.info.digest()), made);
        return made;
    }

    GroupLayout of(int object) {
        return layouts[objects.layout(object)];
    }

    GroupLayout get(int ordinal) {
        return layouts[ordinal];
    }

    /** The layout that other hosts know by this digest, or null. */
    GroupLayout find(byte[] digest) {
        return byDigest.get(ByteBuffer.wrap(digest));
    }

    /** All of them by ordinal, for any thread; grows only. */
    List<LayoutInfo> infos() {
        return infos;
    }

    boolean isWindow(int object) {
        return of(object).kind == GroupKind.WINDOW;
    }
}
