// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

/** One change on the wire, little-endian: docs/spec/07-pool.md. */
public final class ChangeRecord {
    public static final int BYTES = 56;

    public static final int OP = 0;
    public static final int TIER = 1;
    public static final int WANTED = 2;
    public static final int LAYOUT = 4;
    public static final int EPOCH = 8;
    public static final int NUMBER = 16;
    public static final int HASH = 24;

    public static final int PUBLISH = 1;
    public static final int RETRACT = 2;

    private ChangeRecord() {}
}
