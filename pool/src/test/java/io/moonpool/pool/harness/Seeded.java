// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.harness;

import java.util.Random;

/**
 * Runs a property with fresh seeds. A failure names its seed; {@code -Dmoonpool.seed=…} runs that
 * one alone.
 */
public final class Seeded {
    private static final String SEED_PROPERTY = "moonpool.seed";

    private Seeded() {}

    /** What must hold for any random source. */
    @FunctionalInterface
    public interface Property {
        void check(Random random) throws Exception;
    }

    public static void runs(int count, Property property) {
        Long fixed = Long.getLong(SEED_PROPERTY);
        if (fixed != null) {
            run(fixed, property);
            return;
        }
        long first = System.nanoTime();
        System.out.println("seeds " + first + " to " + (first + count - 1));
        for (long seed = first; seed < first + count; seed++) {
            run(seed, property);
        }
    }

    private static void run(long seed, Property property) {
        try {
            property.check(new Random(seed));
        } catch (Throwable failure) {
            throw new AssertionError(
                    "fails with -D" + SEED_PROPERTY + "=" + seed + ": " + failure, failure);
        }
    }
}
