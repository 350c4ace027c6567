// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.ring;

/**
 * What the writer of a ring did that no honest writer does. It ends the session and nothing else.
 */
public record RingViolation(Rule rule, long position, int length, int type) {
    /** The rule of docs/spec/02-rings.md that was broken. */
    public enum Rule {
        /** The length is below that of a record header. */
        LENGTH_TOO_SHORT,
        /** The length is above an eighth of the capacity. */
        LENGTH_TOO_LONG,
        /** The record reaches over the end of the buffer. */
        PAST_END,
        /** The type is neither padding nor 1 to 65535. */
        TYPE,
        /** More bytes than the ring has were offered without the reader giving any back. */
        OVERRUN
    }

    @Override
    public String toString() {
        return "ring record breaks rule "
                + rule
                + ": position="
                + position
                + ", length="
                + length
                + ", type="
                + type;
    }
}
