// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/**
 * What a session's process does; the code is the one of the session file and of the control plane.
 */
public enum SessionRole {
    /** Has rings: looks up, intends, commits. */
    SCHEDULER(1),
    /** Has no rings: copies between the arena and the device. */
    WORKER(2);

    private final int code;

    SessionRole(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }
}
