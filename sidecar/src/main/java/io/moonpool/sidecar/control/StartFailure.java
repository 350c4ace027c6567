// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

/** A part of the sidecar could not be started for a reason outside its configuration. */
public final class StartFailure extends Exception {
    private static final long serialVersionUID = 1L;

    public StartFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
