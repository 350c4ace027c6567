// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.headers;

import io.moonpool.shm.layout.SlotHeaderDescriptor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A table of two slabs in private memory, and a body with another value in every field. */
final class TestTable {
    static final int SLAB_COUNT = 2;
    static final long SLAB_BYTES = 1 << 20;

    final MemorySegment memory =
            Arena.ofAuto().allocate(HeaderTable.bytesFor(SLAB_COUNT, SLAB_BYTES), 64);
    final BootPage page = new BootPage(memory);
    final HeaderTable headers;

    TestTable() {
        page.format(SLAB_COUNT, SLAB_BYTES);
        headers = new HeaderTable(memory, SLAB_COUNT, SLAB_BYTES);
    }

    static SlotBody body(long payloadBytes) {
        return new SlotBody()
                .epoch(3)
                .payloadBytes(payloadBytes)
                .namespaceDigest(ascending(1), 0)
                .hash(ascending(65), 0, 32)
                .parentHash(ascending(129), 0)
                .position(17)
                .group(5, SlotHeaderDescriptor.GROUP_KIND_WINDOW)
                .shard(2, 4)
                .blockTokens(16)
                .layers(8, 24)
                .heads(6, 7)
                .writer(63)
                .arena(9)
                .objectNumber(0x1122334455667788L);
    }

    static DirectBuffer ascending(int first) {
        byte[] bytes = new byte[32];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (first + i);
        }
        return new UnsafeBuffer(bytes);
    }
}
