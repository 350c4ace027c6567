// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/** The store refuses; the message is one line that names the field and the cure. */
public final class StoreRefusal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** What kind of refusal, for whoever maps it to a status of its own protocol. */
    public enum Code {
        /** A field is missing, oversized or contradicts another. */
        INVALID,
        /** Valid, but contradicts what is here: other processes of the engine, the slab size. */
        PRECONDITION,
        /** A bound on engines, sessions or namespaces. */
        EXHAUSTED,
        /** No such session. */
        UNKNOWN_SESSION,
        /** Memory, disk or another sidecar stands in the way of starting. */
        UNAVAILABLE
    }

    private final Code code;

    public StoreRefusal(Code code, String message) {
        super(message);
        this.code = code;
    }

    public StoreRefusal(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public Code code() {
        return code;
    }
}
