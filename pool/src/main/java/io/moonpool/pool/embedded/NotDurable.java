// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.embedded;

/** What the directory decided could not be written: it may be forgotten at its next start. */
public final class NotDurable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public NotDurable(String message, Throwable cause) {
        super(message, cause);
    }
}
