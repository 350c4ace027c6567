// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import org.agrona.DirectBuffer;

/**
 * Finds what is asked for again and again, in little memory: two rows of counters, of which the
 * smaller one counts, halved every now and then. No part of the state: each host counts the
 * questions that come to it and says {@link Command.Hot}.
 */
public final class HotKeys {
    private static final int ROW_BITS = 16;
    private static final int ROW = 1 << ROW_BITS;
    private static final int COUNT_MAX = Character.MAX_VALUE;

    private final long seed;
    private final int threshold;
    private final char[] counts = new char[2 * ROW];

    /** Hot is what was asked for {@code threshold} times between two or three decays. */
    public HotKeys(long seed, int threshold) {
        this.seed = seed;
        this.threshold = threshold;
    }

    /** Stands for a layout and epoch in {@link #observe}. */
    public long salt(Digest layout, long epoch) {
        return Probe.salt(seed, layout, epoch);
    }

    /** True when the object has just become hot, and each time that it does so again. */
    public boolean observe(long salt, DirectBuffer hash, int offset) {
        long print =
                Probe.print(
                        salt,
                        hash.getLong(offset),
                        hash.getLong(offset + 8),
                        hash.getLong(offset + 16),
                        hash.getLong(offset + 24));
        int first = (int) (print >>> Long.SIZE - ROW_BITS);
        int second = ROW + (int) (print & ROW - 1);
        int before = Math.min(counts[first], counts[second]);
        if (before < COUNT_MAX) {
            raise(first, before);
            raise(second, before);
        }
        return before + 1 == threshold;
    }

    /** Only the smaller of both is what was counted. */
    private void raise(int cell, int before) {
        if (counts[cell] == before) {
            counts[cell]++;
        }
    }

    /** What nobody asks for any more is forgotten by halves. */
    public void decay() {
        for (int i = 0; i < counts.length; i++) {
            counts[i] >>>= 1;
        }
    }
}
