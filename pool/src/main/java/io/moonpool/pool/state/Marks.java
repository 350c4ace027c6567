// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.agrona.collections.Long2LongCounterMap;

/**
 * What was said of single objects: pins with their ends, and wanted replicas. A set of prints says
 * without allocation that an object has none, which is what is asked of every new object.
 */
final class Marks {
    static final Mark NONE = new Mark(0, 0, 0);

    private final int max;
    private final Map<ObjectKey, Mark> marks = new LinkedHashMap<>();
    private final Long2LongCounterMap prints = new Long2LongCounterMap(0);
    private final long seed;

    record Mark(int wanted, long softUntil, long hardUntil) {
        boolean isNothing(long now) {
            return wanted == 0 && softUntil <= now && hardUntil <= now;
        }

        boolean isPinned(long now) {
            return softUntil > now || hardUntil > now;
        }
    }

    Marks(long seed, int max) {
        this.seed = seed;
        this.max = max;
    }

    boolean mayHave(long print) {
        return !marks.isEmpty() && prints.containsKey(print);
    }

    Mark get(ObjectKey key) {
        return marks.getOrDefault(key, NONE);
    }

    boolean hasRoomFor(int more) {
        return marks.size() + more <= max;
    }

    int max() {
        return max;
    }

    /** Nothing to say takes the mark away. */
    void put(ObjectKey key, Mark mark, long now) {
        if (mark.isNothing(now)) {
            remove(key);
        } else if (marks.put(key, mark) == null) {
            prints.incrementAndGet(print(key));
        }
    }

    private void remove(ObjectKey key) {
        if (marks.remove(key) != null) {
            prints.decrementAndGet(print(key));
        }
    }

    void removeEnded(long now) {
        marks.entrySet()
                .removeIf(entry -> {
                    boolean ended = entry.getValue().isNothing(now);
                    if (ended) {
                        prints.decrementAndGet(print(entry.getKey()));
                    }
                    return ended;
                });
    }

    private long print(ObjectKey key) {
        Digest hash = key.hash();
        return Probe.print(
                Probe.salt(seed, key.layout(), key.epoch()),
                hash.word0(),
                hash.word1(),
                hash.word2(),
                hash.word3());
    }

    void forEach(BiConsumer<ObjectKey, Mark> action) {
        marks.forEach(action);
    }

    void write(SnapshotWriter out) {
        out.putInt(marks.size());
        marks.forEach((key, mark) -> {
            out.putKey(key);
            out.putInt(mark.wanted);
            out.putLong(mark.softUntil);
            out.putLong(mark.hardUntil);
        });
    }

    void read(SnapshotReader in) {
        int count = in.getCount(max, "marks");
        for (int i = 0; i < count; i++) {
            ObjectKey key = in.getKey();
            marks.put(key, new Mark(in.getInt(), in.getLong(), in.getLong()));
            prints.incrementAndGet(print(key));
        }
    }
}
