// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.transfer.harness.Content;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** A piece as a test wants it; those of one batch do not overlap locally. */
record Piece(long remote, long local, long length) {

    /** Over the whole of the segments: most are small, a few are large. */
    static List<Piece> scattered(Random random, int count) {
        return within(random, count, 0, TransportConformance.OWNED_BYTES);
    }

    static List<Piece> within(Random random, int count, long begin, long bytes) {
        List<Piece> pieces = new ArrayList<>();
        long cell = bytes / count;
        for (int i = 0; i < count; i++) {
            int bound = (int) (random.nextInt(4) == 0 ? cell : Math.min(cell, 5000));
            long length = random.nextInt(bound + 1);
            long slack = random.nextLong(cell - length + 1);
            long remote = random.nextLong(TransportConformance.OWNED_BYTES - length + 1);
            pieces.add(new Piece(remote, begin + i * cell + slack, length));
        }
        Collections.shuffle(pieces, random);
        return pieces;
    }

    static void assertLanded(List<Piece> pieces, MemorySegment target) {
        assertLanded(pieces, target, TransportConformance.SEED);
    }

    static void assertLanded(List<Piece> pieces, MemorySegment target, long seed) {
        for (Piece piece : pieces) {
            assertThat(Content.mismatch(target, piece.local, seed, piece.remote, piece.length))
                    .as("%s", piece)
                    .isEqualTo(-1);
        }
    }

    /** Between the pieces nothing has changed. */
    static void assertUntouchedBetween(List<Piece> pieces, MemorySegment target, byte canary) {
        List<Piece> ordered = new ArrayList<>(pieces);
        ordered.sort((a, b) -> Long.compare(a.local + a.length, b.local + b.length));
        long at = 0;
        for (Piece piece : ordered) {
            assertThat(isFilled(target.asSlice(at, piece.local - at), canary))
                    .as("before %s", piece)
                    .isTrue();
            at = piece.local + piece.length;
        }
        assertThat(isFilled(target.asSlice(at), canary)).isTrue();
    }

    static boolean isFilledFrom(MemorySegment memory, long offset, byte value) {
        return isFilled(memory.asSlice(offset), value);
    }

    static boolean isFilled(MemorySegment memory, byte value) {
        for (long at = 0; at < memory.byteSize(); at++) {
            if (memory.get(ValueLayout.JAVA_BYTE, at) != value) {
                return false;
            }
        }
        return true;
    }
}
