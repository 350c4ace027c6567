// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

/** A command that the directory does not carry out. Nothing has changed. */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why, in the words of the callers' protocols. */
    public enum Kind {
        /** A field is missing, too long or contradicts another. */
        INVALID,
        NOT_FOUND,
        /** Something else is in the way. */
        CONFLICT,
        /** A bound is reached. */
        EXHAUSTED
    }

    private final Kind kind;

    public Refusal(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
