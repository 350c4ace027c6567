// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

/** Where a member keeps a replica. */
public enum Tier {
    MEMORY(1),
    SSD(2);

    private final int code;

    Tier(int code) {
        this.code = code;
    }

    /** The number on the wire. */
    public int code() {
        return code;
    }

    static Tier of(int code) {
        return code == SSD.code ? SSD : MEMORY;
    }
}
