// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The lowest epoch of each namespace that is served. Floors only rise. */
final class Floors {
    private final Map<Name, Raised> floors = new LinkedHashMap<>();
    private final int max;
    private long version;

    private record Name(String tenant, Digest namespace) {}

    /** {@code version} says who has been told. */
    private record Raised(long epoch, long version) {}

    Floors(int max) {
        this.max = max;
    }

    /** 0: it has none. */
    long epoch(String tenant, Digest namespace) {
        Raised raised = floors.get(new Name(tenant, namespace));
        return raised == null ? 0 : raised.epoch;
    }

    boolean isNews(Floor floor) {
        return floor.epoch() > epoch(floor.tenant(), floor.namespace());
    }

    void raise(Floor floor) {
        Name name = new Name(floor.tenant(), floor.namespace());
        if (floors.size() >= max && !floors.containsKey(name)) {
            throw new Refusal(
                    Refusal.Kind.EXHAUSTED,
                    "floors: %d namespaces have one; raise marksMax".formatted(max));
        }
        floors.put(name, new Raised(floor.epoch(), ++version));
    }

    long version() {
        return version;
    }

    List<Floor> since(long told) {
        if (told == version) {
            return List.of();
        }
        List<Floor> news = new ArrayList<>();
        floors.forEach((name, raised) -> {
            if (raised.version > told) {
                news.add(new Floor(name.tenant, name.namespace, raised.epoch));
            }
        });
        return news;
    }

    void write(SnapshotWriter out) {
        out.putLong(version);
        out.putInt(floors.size());
        floors.forEach((name, raised) -> {
            out.putString(name.tenant);
            out.putDigest(name.namespace);
            out.putLong(raised.epoch);
            out.putLong(raised.version);
        });
    }

    void read(SnapshotReader in) {
        version = in.getLong();
        int count = in.getCount(max, "floors");
        for (int i = 0; i < count; i++) {
            Name name = new Name(in.getString(), in.getDigest());
            floors.put(name, new Raised(in.getLong(), in.getLong()));
        }
    }
}
