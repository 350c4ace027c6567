// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

/** How the blocks of a group make a hit; the code is the one of the slot header. */
public enum GroupKind {
    /** A hit is a contiguous prefix. */
    FULL(1),
    /** A hit is the last window before its boundary. */
    WINDOW(2);

    private final int code;

    GroupKind(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    static GroupKind of(int code) {
        return code == WINDOW.code ? WINDOW : FULL;
    }
}
