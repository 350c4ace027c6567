// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.layout;

/**
 * A session file: one page of fixed fields, then lease cells and rings. The fields that both sides
 * use while the session runs have a cache line each.
 *
 * <pre>
 *   0                   8         12        16                  24
 *  +-------------------+---------+---------+-------------------+---------+---------+
 *  | magic MPSESS01    | version | role    | sessionId         |reqOffset|reqCap   |
 *  +---------+---------+---------+---------+-------------------+---------+---------+
 *  |cmpOffset|cmpCap   |celOffset|celCount | bootId (16)       | 128: completion doorbell u32
 *  +---------+---------+---------+---------+-------------------+ 192: heartbeat u64
 *  4096: lease cells | request ring | completion ring, each part page aligned
 * </pre>
 */
public final class SessionFileDescriptor {
    public static final long MAGIC = Layouts.magic("MPSESS01");

    public static final int MAGIC_OFFSET = 0;
    public static final int LAYOUT_VERSION_OFFSET = 8;
    public static final int ROLE_OFFSET = 12;
    public static final int SESSION_ID_OFFSET = 16;
    public static final int REQUEST_RING_OFFSET_OFFSET = 24;
    public static final int REQUEST_RING_CAPACITY_OFFSET = 28;
    public static final int COMPLETION_RING_OFFSET_OFFSET = 32;
    public static final int COMPLETION_RING_CAPACITY_OFFSET = 36;
    public static final int LEASE_CELLS_OFFSET_OFFSET = 40;
    public static final int LEASE_CELL_COUNT_OFFSET = 44;
    public static final int BOOT_ID_OFFSET = 48;
    public static final int COMPLETION_DOORBELL_OFFSET = 128;
    public static final int HEARTBEAT_OFFSET = 192;

    public static final int LEASE_CELLS_OFFSET = Layouts.PAGE_BYTES;

    public static final int ROLE_SCHEDULER = 1;
    public static final int ROLE_WORKER = 2;

    static {
        Layouts.check(BOOT_ID_OFFSET + Layouts.ID_BYTES == 64, "fixed fields fill a cache line");
        Layouts.check(
                HEARTBEAT_OFFSET % 64 == 0 && COMPLETION_DOORBELL_OFFSET % 64 == 0,
                "own cache lines");
    }

    private SessionFileDescriptor() {}
}
