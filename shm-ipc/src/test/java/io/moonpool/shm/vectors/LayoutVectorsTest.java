// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.vectors;

import static io.moonpool.shm.vectors.VectorFile.fields;
import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.shm.files.FileId;
import io.moonpool.shm.files.SharedFile;
import io.moonpool.shm.headers.ArenaRecord;
import io.moonpool.shm.headers.BootIds;
import io.moonpool.shm.headers.BootPage;
import io.moonpool.shm.headers.HeaderTable;
import io.moonpool.shm.headers.SlotBody;
import io.moonpool.shm.headers.SlotChecksum;
import io.moonpool.shm.layout.EntryDescriptor;
import io.moonpool.shm.layout.HeaderTableDescriptor;
import io.moonpool.shm.layout.LeaseCellDescriptor;
import io.moonpool.shm.layout.RingDescriptor;
import io.moonpool.shm.layout.SessionFileDescriptor;
import io.moonpool.shm.layout.SlotHeaderDescriptor;
import io.moonpool.shm.memory.Ordered;
import io.moonpool.shm.ring.RingConsumer;
import io.moonpool.shm.ring.RingProducer;
import io.moonpool.shm.session.LeaseCells;
import io.moonpool.shm.session.SessionFile;
import io.moonpool.shm.session.SessionIdentity;
import io.moonpool.shm.session.SessionLayout;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The layouts of docs/spec/01-files.md and 02-rings.md as golden bytes, written by the classes that
 * the sidecar uses.
 */
class LayoutVectorsTest {
    private static final UUID BOOT_ID = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    private static final int SLAB_COUNT = 3;
    private static final long SLAB_BYTES = 1 << 20;
    private static final int SLOT = 257;
    private static final long GENERATION = SlotHeaderDescriptor.generation(5, 0x123456789L);
    private static final int PAYLOAD_BYTES = 300;
    private static final int RING_CAPACITY = 1024;

    private final MemorySegment table =
            Arena.ofAuto().allocate(HeaderTable.bytesFor(SLAB_COUNT, SLAB_BYTES), 64);
    private final HeaderTable headers = new HeaderTable(table, SLAB_COUNT, SLAB_BYTES);
    private final MemorySegment arena = Arena.ofAuto().allocate(SLAB_BYTES, 4096);

    @Test
    void headerTablePage() throws IOException {
        BootPage page = new BootPage(table);
        page.format(SLAB_COUNT, SLAB_BYTES);
        page.addArena(new ArenaRecord("default", 0, 2, new FileId(0x1001, 0x2002)));
        page.addArena(new ArenaRecord("crème", 2, 1, new FileId(0x1001, 0x2003)));
        Ordered.intPlain(table, HeaderTableDescriptor.BOOT_COUNT_OFFSET, 4);
        page.beginBoot(BOOT_ID);
        headers.assign(1, 512);

        VectorFile.check(
                "header-table-page",
                bytes(table, 0, 8192),
                fields(
                        "magic",
                        "MPHEADR1",
                        "layoutVersion",
                        1,
                        "headerBytes",
                        SlotHeaderDescriptor.BYTES,
                        "bootId",
                        BootIds.toBytes(page.bootId()),
                        "bootCount",
                        page.bootCount(),
                        "slabCount",
                        page.slabCount(),
                        "slabBytes",
                        page.slabBytes(),
                        "headersPerSlab",
                        headers.headersPerSlab(),
                        "headersOffset",
                        headers.slabHeadersOffset(0),
                        "arenas",
                        List.of(arenaFields(page.arena(0)), arenaFields(page.arena(1))),
                        "strides",
                        List.of(headers.stride(0), headers.stride(1), headers.stride(2))));
    }

    @Test
    void slotHeader() throws IOException {
        reserve();
        headers.pinnedBy(SLOT, headers.pinnedBy(SLOT) | 1);
        headers.commit(SLOT, 0xdeadbeef);

        VectorFile.check(
                "slot-header",
                bytes(table, headerOffset(), SlotHeaderDescriptor.BYTES),
                headerFields());
    }

    @Test
    void slotChecksum() throws IOException {
        for (int i = 0; i < PAYLOAD_BYTES; i++) {
            arena.set(ValueLayout.JAVA_BYTE, 4096 + i, (byte) (i * 7));
        }
        reserve();
        int crc32c = new SlotChecksum(arena).crc32c(headers, SLOT, 4096);
        headers.commit(SLOT, crc32c);
        byte[] both = new byte[SlotHeaderDescriptor.BYTES + PAYLOAD_BYTES];
        System.arraycopy(bytes(table, headerOffset(), 256), 0, both, 0, 256);
        System.arraycopy(bytes(arena, 4096, PAYLOAD_BYTES), 0, both, 256, PAYLOAD_BYTES);

        VectorFile.check(
                "slot-checksum",
                both,
                fields(
                        "content",
                        "header, then payload",
                        "payloadBytes",
                        PAYLOAD_BYTES,
                        "generation",
                        GENERATION,
                        "crc32c",
                        Integer.toUnsignedLong(crc32c)));
    }

    @Test
    void entry() throws IOException {
        MemorySegment entry = Arena.ofAuto().allocate(EntryDescriptor.BYTES, 8);
        long word = SlotHeaderDescriptor.word(GENERATION, SlotHeaderDescriptor.COMMITTED);
        Ordered.longPlain(entry, EntryDescriptor.ARENA_OFFSET_OFFSET, (5L << 30) + 4096);
        Ordered.longPlain(entry, EntryDescriptor.WORD_OFFSET, word);
        Ordered.intPlain(entry, EntryDescriptor.SLOT_OFFSET, SLOT);
        Ordered.intPlain(entry, EntryDescriptor.PAYLOAD_BYTES_OFFSET, PAYLOAD_BYTES);

        VectorFile.check(
                "entry",
                bytes(entry, 0, EntryDescriptor.BYTES),
                fields(
                        "offset",
                        (5L << 30) + 4096,
                        "word",
                        word,
                        "slot",
                        SLOT,
                        "payloadBytes",
                        PAYLOAD_BYTES));
    }

    @Test
    void sessionPage(@TempDir Path directory) throws IOException {
        SessionLayout layout = SessionLayout.scheduler(256, 1 << 18, 1 << 20);
        SessionIdentity identity =
                new SessionIdentity(
                        0x1122334455667788L, SessionFileDescriptor.ROLE_SCHEDULER, BOOT_ID);
        try (SessionFile session =
                SessionFile.create(directory.resolve("session"), identity, layout)) {
            session.heartbeat();
            session.completionDoorbell().ring();
            session.completionDoorbell().ring();

            VectorFile.check("session-page", page(session.file()), sessionFields(identity, layout));
        }
    }

    @Test
    void leaseCell() throws IOException {
        MemorySegment memory = Arena.ofAuto().allocate(LeaseCellDescriptor.BYTES, 64);
        LeaseCells cells = new LeaseCells(memory, 1);
        cells.claim(0, 0x0102030405060708L);
        cells.mark(0, 70_000, LeaseCellDescriptor.FAILED);

        VectorFile.check(
                "lease-cell",
                bytes(memory, 0, LeaseCellDescriptor.BYTES),
                fields(
                        "jobId",
                        0x0102030405060708L,
                        "verifiedEntries",
                        70_000,
                        "state",
                        LeaseCellDescriptor.FAILED));
    }

    /**
     * Eight records of 120 bytes are read; then come a short record, padding, a record at the
     * start, and an empty one.
     */
    @Test
    void ring() throws IOException {
        MemorySegment memory = Arena.ofAuto().allocate(RingDescriptor.ringBytes(RING_CAPACITY), 64);
        RingProducer producer = new RingProducer(memory, RING_CAPACITY);
        RingConsumer consumer = new RingConsumer(memory, RING_CAPACITY);
        for (int i = 0; i < 8; i++) {
            producer.offer(10, new UnsafeBuffer(ascending(112)), 0, 112);
        }
        assertThat(consumer.poll((type, buffer, offset, length) -> {}, 8)).isEqualTo(8);
        producer.offer(11, new UnsafeBuffer(ascending(13)), 0, 13);
        producer.offer(12, new UnsafeBuffer(ascending(60)), 0, 60);
        producer.offer(13, new UnsafeBuffer(ascending(0)), 0, 0);
        byte[] picture = bytes(memory, 0, RingDescriptor.ringBytes(RING_CAPACITY));
        List<Map<String, Object>> unread = new ArrayList<>();
        consumer.poll(
                (type, buffer, offset, length) -> {
                    byte[] body = new byte[length];
                    buffer.getBytes(offset, body);
                    unread.add(fields("type", type, "body", body));
                },
                10);

        VectorFile.check(
                "ring",
                picture,
                fields(
                        "capacity",
                        RING_CAPACITY,
                        "head",
                        960L,
                        "tail",
                        1104L,
                        "paddingAt",
                        984,
                        "unread",
                        unread));
    }

    private void reserve() {
        headers.reserve(
                SLOT,
                GENERATION,
                new SlotBody()
                        .epoch(3)
                        .payloadBytes(PAYLOAD_BYTES)
                        .namespaceDigest(new UnsafeBuffer(filled(0x11)), 0)
                        .hash(new UnsafeBuffer(filled(0x22)), 0, 32)
                        .parentHash(new UnsafeBuffer(filled(0x33)), 0)
                        .position(9)
                        .group(1, SlotHeaderDescriptor.GROUP_KIND_WINDOW)
                        .shard(2, 4)
                        .blockTokens(16)
                        .layers(8, 24)
                        .heads(6, 7)
                        .writer(63)
                        .arena(1)
                        .objectNumber(0x0a0b0c0d0e0fL));
    }

    private Map<String, Object> headerFields() {
        var f = headers.fields();
        byte[] digest = new byte[32];
        byte[] hash = new byte[32];
        byte[] parent = new byte[32];
        f.namespaceDigest(SLOT, digest, 0);
        f.hash(SLOT, hash, 0);
        f.parentHash(SLOT, parent, 0);
        Map<String, Object> all =
                fields(
                        "word",
                        headers.word(SLOT),
                        "state",
                        headers.state(SLOT),
                        "generation",
                        headers.generation(SLOT),
                        "pinnedBy",
                        headers.pinnedBy(SLOT),
                        "epoch",
                        f.epoch(SLOT),
                        "payloadBytes",
                        f.payloadBytes(SLOT),
                        "namespace",
                        digest,
                        "hash",
                        hash,
                        "parentHash",
                        parent,
                        "crc32c",
                        Integer.toUnsignedLong(f.crc32c(SLOT)),
                        "position",
                        f.position(SLOT),
                        "group",
                        f.group(SLOT));
        all.putAll(
                fields(
                        "shard",
                        f.shard(SLOT),
                        "shardCount",
                        f.shardCount(SLOT),
                        "hashBytes",
                        f.hashBytes(SLOT),
                        "groupKind",
                        f.groupKind(SLOT),
                        "blockTokens",
                        f.blockTokens(SLOT),
                        "layerFirst",
                        f.layerFirst(SLOT),
                        "layerCount",
                        f.layerCount(SLOT),
                        "headFirst",
                        f.headFirst(SLOT),
                        "headCount",
                        f.headCount(SLOT),
                        "writer",
                        f.writer(SLOT),
                        "arena",
                        f.arena(SLOT),
                        "objectNumber",
                        f.objectNumber(SLOT)));
        return all;
    }

    private static Map<String, Object> arenaFields(ArenaRecord arena) {
        return fields(
                "tenant",
                arena.tenant(),
                "slabFirst",
                arena.slabFirst(),
                "slabCount",
                arena.slabCount(),
                "fileId",
                arena.fileId().toBytes());
    }

    private static Map<String, Object> sessionFields(
            SessionIdentity identity, SessionLayout layout) {
        return fields(
                "magic",
                "MPSESS01",
                "layoutVersion",
                1,
                "role",
                identity.role(),
                "sessionId",
                identity.sessionId(),
                "requestRingOffset",
                layout.requestRingOffset(),
                "requestRingCapacity",
                layout.requestRingCapacity(),
                "completionRingOffset",
                layout.completionRingOffset(),
                "completionRingCapacity",
                layout.completionRingCapacity(),
                "leaseCellsOffset",
                layout.leaseCellsOffset(),
                "leaseCellCount",
                layout.leaseCellCount(),
                "bootId",
                BootIds.toBytes(identity.bootId()),
                "completionDoorbell",
                2,
                "heartbeat",
                1);
    }

    private long headerOffset() {
        return headers.slabHeadersOffset(0) + (long) SLOT * SlotHeaderDescriptor.BYTES;
    }

    private static byte[] page(SharedFile file) {
        return bytes(file.map(), 0, 4096);
    }

    private static byte[] bytes(MemorySegment memory, long offset, long length) {
        return memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    }

    private static byte[] filled(int value) {
        byte[] bytes = ascending(32);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] += (byte) value;
        }
        return bytes;
    }

    private static byte[] ascending(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }
}
