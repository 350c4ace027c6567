// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The registered segments by name. */
final class SegmentTable {
    private final ConcurrentMap<String, TcpSegment> byName = new ConcurrentHashMap<>();

    void add(TcpSegment segment) {
        if (byName.putIfAbsent(segment.name(), segment) != null) {
            throw new IllegalArgumentException(
                    "a segment of this name is registered: close it first: name=" + segment.name());
        }
    }

    /** Null when there is none. */
    TcpSegment find(String name) {
        return byName.get(name);
    }

    void remove(TcpSegment segment) {
        byName.remove(segment.name(), segment);
    }

    List<TcpSegment> all() {
        return List.copyOf(byName.values());
    }
}
