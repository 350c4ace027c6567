// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import java.util.List;

/**
 * Recency lists, one a {@link Shape}, of all objects that nobody holds and of some that are held.
 * From newest to oldest the ticks never rise.
 *
 * <p>Prefix-aware by construction: no listed block of a full group is ever newer than a listed
 * block before it. So what goes first is the tail of the coldest prefix, and evicting never makes a
 * hole that strands what comes after it. Two rules keep it so: an object enters behind its nearest
 * listed ancestor, and recency is raised for a chain as a whole, from its tail up to its root, or
 * not at all.
 */
final class EvictionOrder {

    private static final int NONE = ObjectTable.NONE;

    /** Steps from a block towards its root: a longer prefix is left where it is. */
    private static final int ANCESTORS_MAX = 1024;

    private final ObjectTable objects;
    private final LayoutTable layouts;
    private long clock;

    EvictionOrder(ObjectTable objects, LayoutTable layouts) {
        this.objects = objects;
        this.layouts = layouts;
    }

    /** Lists an object: behind its nearest listed ancestor, or else at the newest end. */
    void list(int object) {
        int ancestor = layouts.isWindow(object) ? NONE : nearestListed(object);
        Shape shape = shape(object);
        if (ancestor == NONE) {
            objects.tick(object, ++clock);
            insertBehind(object, NONE, shape);
        } else {
            objects.tick(object, objects.tick(ancestor));
            insertBehind(object, ancestor, shape);
        }
    }

    private int nearestListed(int object) {
        int ancestor = objects.parent(object);
        for (int i = 0; i < ANCESTORS_MAX && ancestor != NONE; i++) {
            if (objects.listed(ancestor)) {
                return ancestor;
            }
            ancestor = objects.parent(ancestor);
        }
        return NONE;
    }

    /**
     * Makes a run of consecutive blocks of one group, with all that come before them, the newest;
     * NONE is skipped.
     */
    void raise(int[] run, int from, int to) {
        int first = NONE;
        for (int i = from; i < to && first == NONE; i++) {
            first = run[i];
        }
        if (first == NONE) {
            return;
        }
        int ancestor = objects.parent(first);
        if (!isNearRoot(ancestor)) {
            return;
        }
        for (int i = to - 1; i >= from; i--) {
            touch(run[i]);
        }
        for (; ancestor != NONE; ancestor = objects.parent(ancestor)) {
            touch(ancestor);
        }
    }

    private boolean isNearRoot(int object) {
        int ancestor = object;
        for (int i = 0; i < ANCESTORS_MAX; i++) {
            if (ancestor == NONE) {
                return true;
            }
            ancestor = objects.parent(ancestor);
        }
        return false;
    }

    private void touch(int object) {
        if (object != NONE && objects.listed(object)) {
            Shape shape = shape(object);
            unlink(object, shape);
            objects.tick(object, ++clock);
            insertBehind(object, NONE, shape);
        }
    }

    void remove(int object) {
        if (objects.listed(object)) {
            unlink(object, shape(object));
        }
    }

    /**
     * The shape whose oldest object is older than that of any other with slots of this class, or
     * null.
     */
    Shape coldestOf(SizeClass sizeClass) {
        return coldest(sizeClass.shapes, null);
    }

    /**
     * The shape whose oldest object is the oldest of those without slots of this class, or null.
     */
    Shape coldestBut(SizeClass sizeClass) {
        return coldest(sizeClass.arena.shapes(), sizeClass);
    }

    /** Held objects stay listed, as leases come and go, until they are the oldest. */
    private void trim(Shape shape) {
        while (shape.oldest != NONE && objects.holds(shape.oldest) > 0) {
            unlink(shape.oldest, shape);
        }
    }

    private Shape coldest(List<Shape> shapes, SizeClass without) {
        Shape coldest = null;
        for (int i = 0; i < shapes.size(); i++) {
            Shape shape = shapes.get(i);
            trim(shape);
            boolean candidate =
                    shape.oldest != NONE && (without == null || !without.shapes.contains(shape));
            if (candidate && (coldest == null || tick(shape) < tick(coldest))) {
                coldest = shape;
            }
        }
        return coldest;
    }

    /** Of the oldest object of a shape that has one. */
    long tick(Shape shape) {
        return objects.tick(shape.oldest);
    }

    private Shape shape(int object) {
        return layouts.of(object).shape;
    }

    private void insertBehind(int object, int newer, Shape shape) {
        int older = newer == NONE ? shape.newest : objects.older(newer);
        objects.newer(object, newer);
        objects.older(object, older);
        if (newer == NONE) {
            shape.newest = object;
        } else {
            objects.older(newer, object);
        }
        if (older == NONE) {
            shape.oldest = object;
        } else {
            objects.newer(older, object);
        }
        objects.listed(object, true);
    }

    private void unlink(int object, Shape shape) {
        int newer = objects.newer(object);
        int older = objects.older(object);
        if (newer == NONE) {
            shape.newest = older;
        } else {
            objects.older(newer, older);
        }
        if (older == NONE) {
            shape.oldest = newer;
        } else {
            objects.newer(older, newer);
        }
        objects.listed(object, false);
    }
}
