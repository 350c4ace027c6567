// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.headers;

import static io.moonpool.shm.layout.SlotHeaderDescriptor.ARENA_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.BLOCK_TOKENS_OFFSET;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.CRC32C_OFFSET;
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

import io.moonpool.shm.layout.SlotHeaderDescriptor;
import io.moonpool.shm.memory.Ordered;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Plain reads of the fields of a header's body, by slot number. What they give belongs to the word
 * that the reader loaded before, if it loads the same word afterwards or holds a pin. Allocates
 * nothing.
 */
public final class SlotFields {
    private final MemorySegment table;
    private final long headersOffset;

    SlotFields(MemorySegment table, long headersOffset) {
        this.table = table;
        this.headersOffset = headersOffset;
    }

    public long epoch(int slot) {
        return Ordered.longPlain(table, at(slot, EPOCH_OFFSET));
    }

    public long payloadBytes(int slot) {
        return Ordered.longPlain(table, at(slot, PAYLOAD_BYTES_OFFSET));
    }

    /** Copies the 32 bytes of the namespace's digest. */
    public void namespaceDigest(int slot, byte[] target, int offset) {
        copyOut(slot, NAMESPACE_OFFSET, target, offset, DIGEST_BYTES);
    }

    /** Copies the 32 bytes of the block hash, padding included. */
    public void hash(int slot, byte[] target, int offset) {
        copyOut(slot, HASH_OFFSET, target, offset, HASH_BYTES_MAX);
    }

    /** Copies the 32 bytes of the parent block's hash, zeroes if there is none. */
    public void parentHash(int slot, byte[] target, int offset) {
        copyOut(slot, PARENT_HASH_OFFSET, target, offset, HASH_BYTES_MAX);
    }

    public int crc32c(int slot) {
        return Ordered.intPlain(table, at(slot, CRC32C_OFFSET));
    }

    public int position(int slot) {
        return Ordered.intPlain(table, at(slot, POSITION_OFFSET));
    }

    public int group(int slot) {
        return Ordered.shortPlain(table, at(slot, GROUP_OFFSET));
    }

    public int shard(int slot) {
        return Ordered.shortPlain(table, at(slot, SHARD_OFFSET));
    }

    public int shardCount(int slot) {
        return Ordered.shortPlain(table, at(slot, SHARD_COUNT_OFFSET));
    }

    public int hashBytes(int slot) {
        return Ordered.bytePlain(table, at(slot, HASH_BYTES_OFFSET));
    }

    public int groupKind(int slot) {
        return Ordered.bytePlain(table, at(slot, GROUP_KIND_OFFSET));
    }

    public int blockTokens(int slot) {
        return Ordered.intPlain(table, at(slot, BLOCK_TOKENS_OFFSET));
    }

    public int layerFirst(int slot) {
        return Ordered.shortPlain(table, at(slot, LAYER_FIRST_OFFSET));
    }

    public int layerCount(int slot) {
        return Ordered.shortPlain(table, at(slot, LAYER_COUNT_OFFSET));
    }

    public int headFirst(int slot) {
        return Ordered.shortPlain(table, at(slot, HEAD_FIRST_OFFSET));
    }

    public int headCount(int slot) {
        return Ordered.shortPlain(table, at(slot, HEAD_COUNT_OFFSET));
    }

    public int writer(int slot) {
        return Ordered.bytePlain(table, at(slot, WRITER_OFFSET));
    }

    public int arena(int slot) {
        return Ordered.shortPlain(table, at(slot, ARENA_OFFSET));
    }

    public long objectNumber(int slot) {
        return Ordered.longPlain(table, at(slot, OBJECT_NUMBER_OFFSET));
    }

    private long at(int slot, int field) {
        return headersOffset + (long) slot * SlotHeaderDescriptor.BYTES + field;
    }

    private void copyOut(int slot, int field, byte[] target, int offset, int length) {
        MemorySegment.copy(table, ValueLayout.JAVA_BYTE, at(slot, field), target, offset, length);
    }
}
