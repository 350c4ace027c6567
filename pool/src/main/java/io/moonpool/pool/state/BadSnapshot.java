// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

/** A snapshot that this version can't read; the message says what is wrong with it. */
public final class BadSnapshot extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BadSnapshot(String message) {
        super(message);
    }
}
