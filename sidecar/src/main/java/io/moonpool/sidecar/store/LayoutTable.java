// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.Arrays;

/** The layouts that were seen in this life, by ordinal. */
final class LayoutTable {

    static final int LAYOUTS_MAX = 65_536;

    private final ObjectTable objects;
    private GroupLayout[] layouts = new GroupLayout[16];
    private int count;

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
        return made;
    }

    GroupLayout of(int object) {
        return layouts[objects.layout(object)];
    }

    GroupLayout get(int ordinal) {
        return layouts[ordinal];
    }

    boolean isWindow(int object) {
        return of(object).kind == GroupKind.WINDOW;
    }
}
