// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.embedded;

/** The directory's queue is full: ask again later. */
public final class Overloaded extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public Overloaded(String message) {
        super(message, null, false, false);
    }
}
