// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import java.lang.foreign.Arena;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Finds a record by its whole key: open addressing with linear probing over 8-byte cells outside
 * the heap. It is cut into parts by the first bits of the print; each grows by itself, so that no
 * single command pays for the growth of all.
 *
 * <p>A cell is tag &lt;&lt; 32 | ordinal + 1, or 0. The tag is the upper half of the key's print
 * and gives part and home cell too, so that removal and growth never look at records, and a probe
 * only at one whose tag agrees.
 */
final class KeyIndex implements AutoCloseable {
    static final int NONE = -1;

    private static final long LOW = 0xFFFF_FFFFL;
    private static final int PART_BITS = 8;
    private static final int PARTS = 1 << PART_BITS;
    private static final int FIRST_CELL_BITS = 5;

    private final ObjectTable objects;
    private final Part[] parts = new Part[PARTS];

    private static final class Part {
        private final Arena memory = Arena.ofShared();
        private final UnsafeBuffer cells;
        private final int bits;
        private final int mask;
        private final int limit;
        private int used;

        private Part(int bits) {
            this.bits = bits;
            this.mask = (1 << bits) - 1;
            this.limit = (int) ((7L << bits) / 10);
            this.cells = OffHeap.allocate(memory, Long.BYTES << bits);
        }

        private int home(int tag) {
            return tag << PART_BITS >>> Integer.SIZE - bits;
        }

        private long at(int cell) {
            return cells.getLong(cell * Long.BYTES);
        }

        private void put(int cell, long entry) {
            cells.putLong(cell * Long.BYTES, entry);
        }

        private void add(long entry) {
            int cell = home((int) (entry >>> Integer.SIZE));
            while (at(cell) != 0) {
                cell = cell + 1 & mask;
            }
            put(cell, entry);
            used++;
        }
    }

    KeyIndex(ObjectTable objects) {
        this.objects = objects;
        for (int i = 0; i < PARTS; i++) {
            parts[i] = new Part(FIRST_CELL_BITS);
        }
    }

    /** The record with this key, or {@link #NONE}. */
    int find(Probe key) {
        int tag = tag(key.print);
        Part part = part(tag);
        int cell = part.home(tag);
        for (; ; ) {
            long entry = part.at(cell);
            if (entry == 0) {
                return NONE;
            }
            if ((int) (entry >>> Integer.SIZE) == tag) {
                int ordinal = (int) (entry & LOW) - 1;
                if (objects.matches(ordinal, key)) {
                    return ordinal;
                }
            }
            cell = cell + 1 & part.mask;
        }
    }

    /** The key must not be there yet. */
    void add(long print, int ordinal) {
        int tag = tag(print);
        Part part = part(tag);
        if (part.used == part.limit) {
            part = grow(tag);
        }
        part.add((long) tag << Integer.SIZE | Integer.toUnsignedLong(ordinal + 1));
    }

    private Part grow(int tag) {
        Part old = part(tag);
        Part grown = new Part(old.bits + 1);
        for (int cell = 0; cell <= old.mask; cell++) {
            long entry = old.at(cell);
            if (entry != 0) {
                grown.add(entry);
            }
        }
        parts[tag >>> Integer.SIZE - PART_BITS] = grown;
        old.memory.close();
        return grown;
    }

    /** Removes this very record; its key's print must be given. */
    void remove(long print, int ordinal) {
        int tag = tag(print);
        Part part = part(tag);
        long wanted = (long) tag << Integer.SIZE | Integer.toUnsignedLong(ordinal + 1);
        int cell = part.home(tag);
        while (part.at(cell) != wanted) {
            if (part.at(cell) == 0) {
                throw new IllegalStateException("record is not in the index: ordinal=" + ordinal);
            }
            cell = cell + 1 & part.mask;
        }
        closeGap(part, cell);
        part.used--;
    }

    /** Entries move back, so that no tombstones pile up. */
    private static void closeGap(Part part, int removed) {
        int gap = removed;
        int cell = gap + 1 & part.mask;
        for (long entry = part.at(cell); entry != 0; entry = part.at(cell)) {
            int home = part.home((int) (entry >>> Integer.SIZE));
            // Moving is right unless its home lies after the gap, on the way to where it is now.
            if ((cell - home & part.mask) >= (cell - gap & part.mask)) {
                part.put(gap, entry);
                gap = cell;
            }
            cell = cell + 1 & part.mask;
        }
        part.put(gap, 0);
    }

    long bytes() {
        long sum = 0;
        for (Part part : parts) {
            sum += (long) Long.BYTES << part.bits;
        }
        return sum;
    }

    private static int tag(long print) {
        return (int) (print >>> Integer.SIZE);
    }

    private Part part(int tag) {
        return parts[tag >>> Integer.SIZE - PART_BITS];
    }

    @Override
    public void close() {
        for (Part part : parts) {
            part.memory.close();
        }
    }
}
