// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Layouts by ordinal, and the lowest epoch of each that is served. */
final class Layouts {
    static final int NONE = -1;

    private final int max;
    private final List<LayoutSpec> specs = new ArrayList<>();
    private final List<Long> floors = new ArrayList<>();
    private final Map<Digest, Integer> byDigest = new HashMap<>();

    Layouts(int max) {
        this.max = max;
    }

    /** The first description of a layout stays: the digest stands for it. */
    int ensure(LayoutSpec spec, Floors known) {
        Integer present = byDigest.get(spec.digest());
        if (present != null) {
            return present;
        }
        specs.add(spec);
        floors.add(known.epoch(spec.tenant(), spec.namespace()));
        byDigest.put(spec.digest(), specs.size() - 1);
        return specs.size() - 1;
    }

    boolean hasRoomFor(int more) {
        return specs.size() + more <= max;
    }

    int max() {
        return max;
    }

    int find(Digest digest) {
        return byDigest.getOrDefault(digest, NONE);
    }

    LayoutSpec spec(int layout) {
        return specs.get(layout);
    }

    long floor(int layout) {
        return floors.get(layout);
    }

    void raise(Floor floor) {
        for (int i = 0; i < specs.size(); i++) {
            LayoutSpec spec = specs.get(i);
            if (spec.namespace().equals(floor.namespace())
                    && spec.tenant().equals(floor.tenant())) {
                floors.set(i, Math.max(floors.get(i), floor.epoch()));
            }
        }
    }

    int count() {
        return specs.size();
    }

    List<LayoutSpec> all() {
        return List.copyOf(specs);
    }

    void write(SnapshotWriter out) {
        out.putInt(specs.size());
        for (LayoutSpec spec : specs) {
            out.putDigest(spec.digest());
            out.putString(spec.tenant());
            out.putString(spec.label());
            out.putLong(spec.objectBytes());
            out.putDigest(spec.namespace());
            out.putInt(spec.group());
        }
    }

    /** Floors must be there already. */
    void read(SnapshotReader in, Floors known) {
        int count = in.getCount(max, "layouts");
        for (int i = 0; i < count; i++) {
            ensure(
                    new LayoutSpec(
                            in.getDigest(),
                            in.getString(),
                            in.getString(),
                            in.getLong(),
                            in.getDigest(),
                            in.getInt()),
                    known);
        }
    }
}
