// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.headers;

import static io.moonpool.shm.layout.SlotHeaderDescriptor.ARENA_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.BLOCK_TOKENS_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.BODY_BYTES;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.BODY_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.DIGEST_BYTES;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.EPOCH_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.GROUP_KIND_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.GROUP_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.HASH_BYTES_MAX;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.HASH_BYTES_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.HASH_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.HEAD_COUNT_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.HEAD_FIRST_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.LAYER_COUNT_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.LAYER_FIRST_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.NAMESPACE_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.OBJECT_NUMBER_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.PARENT_HASH_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.PAYLOAD_BYTES_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.POSITION_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.SHARD_COUNT_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.SHARD_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.WRITER_OFFSET;

import io.moonpool.shm.memory.Ordered;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.agrona.DirectBuffer;

/**
 * The body of a slot header on its way into the table: private memory that one thread fills field
 * by field and uses over and over. Fields not set keep the value of the last use; {@link #clear}
 * begins afresh.
 */
public final class SlotBody {
    private final byte[] bytes = new byte[BODY_BYTES];
    private final MemorySegment body = MemorySegment.ofArray(bytes);

    public SlotBody clear() {
        Arrays.fill(bytes, (byte) 0);
        return this;
    }

    public SlotBody epoch(long epoch) {
        return put64(EPOCH_OFFSET, epoch);
    }

    public SlotBody payloadBytes(long payloadBytes) {
        return put64(PAYLOAD_BYTES_OFFSET, payloadBytes);
    }

    /** The 32 bytes of the namespace's digest. */
    public SlotBody namespaceDigest(DirectBuffer source, int offset) {
        source.getBytes(offset, bytes, NAMESPACE_OFFSET - BODY_OFFSET, DIGEST_BYTES);
        return this;
    }

    /**
     * A block hash as messages carry it: 32 bytes, zero-padded, of which {@code hashBytes} mean
     * something.
     */
    public SlotBody hash(DirectBuffer source, int offset, int hashBytes) {
        source.getBytes(offset, bytes, HASH_OFFSET - BODY_OFFSET, HASH_BYTES_MAX);
        return put8(HASH_BYTES_OFFSET, hashBytes);
    }

    /** The 32 bytes of the hash of the block before. */
    public SlotBody parentHash(DirectBuffer source, int offset) {
        source.getBytes(offset, bytes, PARENT_HASH_OFFSET - BODY_OFFSET, HASH_BYTES_MAX);
        return this;
    }

    /** The block before is unknown, or there is none. */
    public SlotBody noParentHash() {
        Arrays.fill(
                bytes,
                PARENT_HASH_OFFSET - BODY_OFFSET,
                PARENT_HASH_OFFSET - BODY_OFFSET + HASH_BYTES_MAX,
                (byte) 0);
        return this;
    }

    public SlotBody position(int position) {
        Ordered.intPlain(body, POSITION_OFFSET - BODY_OFFSET, position);
        return this;
    }

    public SlotBody group(int group, int groupKind) {
        return put16(GROUP_OFFSET, group).put8(GROUP_KIND_OFFSET, groupKind);
    }

    public SlotBody shard(int shard, int shardCount) {
        return put16(SHARD_OFFSET, shard).put16(SHARD_COUNT_OFFSET, shardCount);
    }

    public SlotBody blockTokens(int blockTokens) {
        Ordered.intPlain(body, BLOCK_TOKENS_OFFSET - BODY_OFFSET, blockTokens);
        return this;
    }

    public SlotBody layers(int layerFirst, int layerCount) {
        return put16(LAYER_FIRST_OFFSET, layerFirst).put16(LAYER_COUNT_OFFSET, layerCount);
    }

    public SlotBody heads(int headFirst, int headCount) {
        return put16(HEAD_FIRST_OFFSET, headFirst).put16(HEAD_COUNT_OFFSET, headCount);
    }

    /** Engine index of the writer. */
    public SlotBody writer(int engine) {
        return put8(WRITER_OFFSET, engine);
    }

    /** Arena index, which stands for the tenant. */
    public SlotBody arena(int arena) {
        return put16(ARENA_OFFSET, arena);
    }

    public SlotBody objectNumber(long objectNumber) {
        return put64(OBJECT_NUMBER_OFFSET, objectNumber);
    }

    int writer() {
        return Ordered.bytePlain(body, WRITER_OFFSET - BODY_OFFSET);
    }

    /** Stores the body, plainly: the word that follows publishes it. */
    void copyTo(MemorySegment table, long header) {
        MemorySegment.copy(
                bytes, 0, table, ValueLayout.JAVA_BYTE, header + BODY_OFFSET, BODY_BYTES);
    }

    private SlotBody put64(int field, long value) {
        Ordered.longPlain(body, field - BODY_OFFSET, value);
        return this;
    }

    private SlotBody put16(int field, int value) {
        Ordered.shortPlain(body, field - BODY_OFFSET, value);
        return this;
    }

    private SlotBody put8(int field, int value) {
        Ordered.bytePlain(body, field - BODY_OFFSET, value);
        return this;
    }
}
