// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.headers;

import static io.moonpool.shm.layout.SlotHeaderDescriptor.DIGEST_BYTES;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.HASH_BYTES_MAX;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The checksum of a slot: over whose bytes these are, then the bytes. A slot that got another
 * slot's payload, or a payload of an earlier generation, fails like a flipped bit.
 *
 * <pre>
 *   digest (32) | hash (32) | epoch u64 | group u16 | shard u16 | generation u64 | length u64 | payload
 * </pre>
 *
 * One instance a thread and arena; allocates nothing after construction. The slot must be pinned or
 * reserved for as long as a call runs.
 */
public final class SlotChecksum {
    private static final int IDENTITY_BYTES = 92;
    private static final int HASH_AT = DIGEST_BYTES;
    private static final int EPOCH_AT = HASH_AT + HASH_BYTES_MAX;
    private static final int GROUP_AT = EPOCH_AT + Long.BYTES;
    private static final int SHARD_AT = GROUP_AT + Short.BYTES;
    private static final int GENERATION_AT = SHARD_AT + Short.BYTES;
    private static final int LENGTH_AT = GENERATION_AT + Long.BYTES;

    /**
     * A slot never crosses a slab and a slab never such a window, as both are powers of two and no
     * slab is larger.
     */
    private static final int WINDOW_BITS = 30;

    private static final long WINDOW_BYTES = 1L << WINDOW_BITS;

    private final CRC32C crc = new CRC32C();
    private final byte[] identity = new byte[IDENTITY_BYTES];
    private final ByteBuffer identityBuffer =
            ByteBuffer.wrap(identity).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer[] windows;

    public SlotChecksum(MemorySegment arena) {
        int count = Math.toIntExact((arena.byteSize() + WINDOW_BYTES - 1) >> WINDOW_BITS);
        this.windows = new ByteBuffer[count];
        for (int i = 0; i < count; i++) {
            long offset = (long) i << WINDOW_BITS;
            windows[i] =
                    arena.asSlice(offset, Math.min(WINDOW_BYTES, arena.byteSize() - offset))
                            .asByteBuffer();
        }
    }

    /** The checksum that the header's identity and the payload at {@code arenaOffset} have now. */
    public int crc32c(HeaderTable headers, int slot, long arenaOffset) {
        long length = headers.fields().payloadBytes(slot);
        identify(headers, slot, headers.generation(slot), length);
        crc.update(payload(arenaOffset, length));
        return (int) crc.getValue();
    }

    /** The checksum of a payload alone: {@link #under} makes those of slots from it. */
    public int payloadCrc32c(long arenaOffset, long length) {
        crc.reset();
        crc.update(payload(arenaOffset, length));
        return (int) crc.getValue();
    }

    /**
     * The checksum that this slot would have under a generation if its payload had this checksum:
     * bytes that came from another host are read once, and checked under the owner's generation and
     * committed under ours.
     */
    public int under(HeaderTable headers, int slot, long generation, int payloadCrc32c) {
        long length = headers.fields().payloadBytes(slot);
        identify(headers, slot, generation, length);
        return Crc32cCombination.of((int) crc.getValue(), payloadCrc32c, length);
    }

    /** True when the slot's bytes are those that were committed under its header. */
    public boolean matches(HeaderTable headers, int slot, long arenaOffset) {
        return crc32c(headers, slot, arenaOffset) == headers.fields().crc32c(slot);
    }

    private void identify(HeaderTable headers, int slot, long generation, long length) {
        SlotFields fields = headers.fields();
        fields.namespaceDigest(slot, identity, 0);
        fields.hash(slot, identity, HASH_AT);
        identityBuffer.putLong(EPOCH_AT, fields.epoch(slot));
        identityBuffer.putShort(GROUP_AT, (short) fields.group(slot));
        identityBuffer.putShort(SHARD_AT, (short) fields.shard(slot));
        identityBuffer.putLong(GENERATION_AT, generation);
        identityBuffer.putLong(LENGTH_AT, length);
        crc.reset();
        crc.update(identity, 0, IDENTITY_BYTES);
    }

    private ByteBuffer payload(long arenaOffset, long length) {
        ByteBuffer window = windows[(int) (arenaOffset >> WINDOW_BITS)];
        int start = (int) (arenaOffset & (WINDOW_BYTES - 1));
        return window.limit(Math.toIntExact(start + length)).position(start);
    }
}
