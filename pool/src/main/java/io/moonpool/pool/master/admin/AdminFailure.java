// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

/** A call that is answered with one of Mooncake's errors. */
public final class AdminFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final AdminError error;

    public AdminFailure(AdminError error) {
        this(error, error.name());
    }

    public AdminFailure(AdminError error, String message) {
        super(message, null, false, false);
        this.error = error;
    }

    public AdminError error() {
        return error;
    }
}
