// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.layout;

/**
 * The header of one slot, 256 bytes.
 *
 * <pre>
 *   0                   8                   16                  24
 *  +-------------------+-------------------+-------------------+-------------------+
 *  | word: gen &lt;&lt; 8|st | pinnedBy          | epoch             | payload bytes     |
 *  +-------------------+-------------------+-------------------+-------------------+
 *  | namespace digest (32)                                                         |
 *  +-------------------------------------------------------------------------------+
 *  | block hash (32)                                                               |
 *  +-------------------------------------------------------------------------------+
 *  | parent block's hash (32)                                                      |
 *  +---------+---------+----+----+----+--+--+---------+----+----+----+----+--+--+---+
 *  | crc32c  | position| grp|shrd|shCt|hl|gk| blkToken| layers  | heads   |wr|fl|ten|
 *  +---------+---------+----+----+----+--+--+---------+---------+---------+--+--+---+
 *  | object number     | reserved (88)                                              |
 *  +-------------------+-----------------------------------------------------------+
 * </pre>
 *
 * The word publishes the body: see {@link io.moonpool.shm.headers.HeaderTable} for the order of the
 * stores.
 */
public final class SlotHeaderDescriptor {
    public static final int BYTES = 256;

    public static final int WORD_OFFSET = 0;
    public static final int PINNED_BY_OFFSET = 8;
    public static final int EPOCH_OFFSET = 16;
    public static final int PAYLOAD_BYTES_OFFSET = 24;
    public static final int NAMESPACE_OFFSET = 32;
    public static final int HASH_OFFSET = 64;
    public static final int PARENT_HASH_OFFSET = 96;
    public static final int CRC32C_OFFSET = 128;
    public static final int POSITION_OFFSET = 132;
    public static final int GROUP_OFFSET = 136;
    public static final int SHARD_OFFSET = 138;
    public static final int SHARD_COUNT_OFFSET = 140;
    public static final int HASH_BYTES_OFFSET = 142;
    public static final int GROUP_KIND_OFFSET = 143;
    public static final int BLOCK_TOKENS_OFFSET = 144;
    public static final int LAYER_FIRST_OFFSET = 148;
    public static final int LAYER_COUNT_OFFSET = 150;
    public static final int HEAD_FIRST_OFFSET = 152;
    public static final int HEAD_COUNT_OFFSET = 154;
    public static final int WRITER_OFFSET = 156;
    public static final int FLAGS_OFFSET = 157;
    public static final int ARENA_OFFSET = 158;
    public static final int OBJECT_NUMBER_OFFSET = 160;
    public static final int RESERVED_OFFSET = 168;

    /** The body is everything that the word publishes, but for the pins. */
    public static final int BODY_OFFSET = EPOCH_OFFSET;

    public static final int BODY_BYTES = BYTES - BODY_OFFSET;
    public static final int HASH_BYTES_MAX = 32;
    public static final int DIGEST_BYTES = 32;

    public static final int FREE = 0;
    public static final int RESERVED = 1;
    public static final int COMMITTED = 2;
    public static final int CORRUPT = 3;

    public static final int GROUP_KIND_FULL = 1;
    public static final int GROUP_KIND_WINDOW = 2;

    /** The writer of a slot that the sidecar itself fills: no process pins it. */
    public static final int WRITER_SIDECAR = -1;

    /** generation = bootCount (20 bits, high), counter (36 bits, low). */
    public static final int GENERATION_COUNTER_BITS = 36;

    public static final long GENERATION_COUNTER_MAX = (1L << GENERATION_COUNTER_BITS) - 1;
    public static final long GENERATION_MAX = (1L << 56) - 1;

    static {
        Layouts.check(PARENT_HASH_OFFSET + HASH_BYTES_MAX == CRC32C_OFFSET, "hashes are 32 bytes");
        Layouts.check(OBJECT_NUMBER_OFFSET + Long.BYTES == RESERVED_OFFSET, "the rest is reserved");
        Layouts.check(RESERVED_OFFSET + 88 == BYTES, "a header is 256 bytes");
    }

    private SlotHeaderDescriptor() {}

    /** The pin that a reserved slot's writer has on it. */
    public static long pinOf(int writer) {
        return writer == WRITER_SIDECAR ? 0 : 1L << writer;
    }

    public static long word(long generation, int state) {
        return generation << 8 | state;
    }

    public static int state(long word) {
        return (int) (word & 0xff);
    }

    public static long generation(long word) {
        return word >>> 8;
    }

    /** The generation of a count within a life of the sidecar: no two lives share one. */
    public static long generation(int bootCount, long counter) {
        return (long) bootCount << GENERATION_COUNTER_BITS | counter;
    }
}
