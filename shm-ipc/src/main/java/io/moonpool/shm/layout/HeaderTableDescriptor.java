// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.layout;

/**
 * The header table file. Written by the sidecar alone; clients map it read-only.
 *
 * <pre>
 *   0                   8                   16                          32
 *  +-------------------+---------+---------+---------------------------+
 *  | magic MPHEADR1    | version | hdrBytes| bootId (16)               |
 *  +---------+---------+---------+---------+---------+---------+-------+
 *  |bootCount|slabCount| slabBytes         |hdrs/slab|arenas   | res 8 |
 *  +---------+---------+-------------------+---------+---------+-------+
 *  64: arena records, 64 bytes each (at most 62)
 *  +-----------------------------------------+---------+---------+-----+
 *  | tenant (40, UTF-8, zero-padded)         |slabFirst|slabCount| id  |
 *  +-----------------------------------------+---------+---------+-----+
 *  4096: slab table, 16 bytes a slab, rounded up to 4096
 *  +---------+---------+-------------------+
 *  | stride  | reserved| reserved          |
 *  +---------+---------+-------------------+
 *  headersOffset: one header a slot, see {@link SlotHeaderDescriptor}
 * </pre>
 */
public final class HeaderTableDescriptor {
    public static final long MAGIC = Layouts.magic("MPHEADR1");

    public static final int MAGIC_OFFSET = 0;
    public static final int LAYOUT_VERSION_OFFSET = 8;
    public static final int HEADER_BYTES_OFFSET = 12;
    public static final int BOOT_ID_OFFSET = 16;
    public static final int BOOT_COUNT_OFFSET = 32;
    public static final int SLAB_COUNT_OFFSET = 36;
    public static final int SLAB_BYTES_OFFSET = 40;
    public static final int HEADERS_PER_SLAB_OFFSET = 48;
    public static final int ARENA_COUNT_OFFSET = 52;

    public static final int ARENAS_OFFSET = 64;
    public static final int ARENA_RECORD_BYTES = 64;
    public static final int ARENA_COUNT_MAX = 62;
    public static final int ARENA_TENANT_OFFSET = 0;
    public static final int ARENA_TENANT_BYTES = 40;
    public static final int ARENA_SLAB_FIRST_OFFSET = 40;
    public static final int ARENA_SLAB_COUNT_OFFSET = 44;
    public static final int ARENA_FILE_ID_OFFSET = 48;

    public static final int SLAB_TABLE_OFFSET = Layouts.PAGE_BYTES;
    public static final int SLAB_RECORD_BYTES = 16;
    public static final int SLAB_STRIDE_OFFSET = 0;

    /** Slots of the smallest stride; a slab of a larger stride uses the first of its headers. */
    public static final int SLOT_BYTES_MIN = 4096;

    public static final long SLAB_BYTES_MIN = 1L << 20;
    public static final long SLAB_BYTES_MAX = 1L << 30;

    /** bootCount lives in the upper 20 bits of a generation. */
    public static final int BOOT_COUNT_MAX = (1 << 20) - 1;

    static {
        Layouts.check(
                ARENAS_OFFSET + ARENA_COUNT_MAX * ARENA_RECORD_BYTES <= SLAB_TABLE_OFFSET,
                "arenas fit the page");
        Layouts.check(
                ARENA_FILE_ID_OFFSET + Layouts.ID_BYTES == ARENA_RECORD_BYTES,
                "an arena record is 64 bytes");
    }

    private HeaderTableDescriptor() {}

    /** Offset of the first slot header. */
    public static long headersOffset(int slabCount) {
        return SLAB_TABLE_OFFSET
                + Layouts.roundUp((long) SLAB_RECORD_BYTES * slabCount, Layouts.PAGE_BYTES);
    }

    public static int headersPerSlab(long slabBytes) {
        return (int) (slabBytes / SLOT_BYTES_MIN);
    }

    public static long arenaRecordOffset(int arena) {
        return ARENAS_OFFSET + (long) ARENA_RECORD_BYTES * arena;
    }

    public static long slabRecordOffset(int slab) {
        return SLAB_TABLE_OFFSET + (long) SLAB_RECORD_BYTES * slab;
    }

    /** Bytes of the whole file; refuses shapes outside the spec's bounds. */
    public static long fileBytes(int slabCount, long slabBytes) {
        if (slabBytes < SLAB_BYTES_MIN
                || slabBytes > SLAB_BYTES_MAX
                || Long.bitCount(slabBytes) != 1) {
            throw new IllegalArgumentException(
                    "slabBytes must be a power of two from 1 MiB to 1 GiB: slabBytes=" + slabBytes);
        }
        long slots = (long) slabCount * headersPerSlab(slabBytes);
        if (slabCount < 1 || slots > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "slabCount must give 1 to 2^31-1 slots of 4096 bytes (larger slabs, smaller arenas): slabCount="
                            + slabCount
                            + ", slabBytes="
                            + slabBytes);
        }
        return headersOffset(slabCount) + slots * SlotHeaderDescriptor.BYTES;
    }
}
