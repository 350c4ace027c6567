// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.headers;

import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.shm.harness.Allocation;
import io.moonpool.shm.layout.SlotHeaderDescriptor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class SlotChecksumTest {
    private static final long OFFSET = 8192;
    private static final int PAYLOAD_BYTES = 5000;
    private static final long GENERATION = SlotHeaderDescriptor.generation(1, 9);

    private final TestTable table = new TestTable();
    private final MemorySegment arena = Arena.ofAuto().allocate(1 << 20, 4096);
    private final SlotChecksum checksum = new SlotChecksum(arena);

    SlotChecksumTest() {
        for (int i = 0; i < PAYLOAD_BYTES; i++) {
            arena.set(ValueLayout.JAVA_BYTE, OFFSET + i, (byte) (i * 31));
        }
        table.headers.reserve(0, GENERATION, TestTable.body(PAYLOAD_BYTES));
        table.headers.commit(0, checksum.crc32c(table.headers, 0, OFFSET));
    }

    @Test
    void isTheCastagnoliCrcOfIdentityAndPayload() {
        ByteBuffer identity = ByteBuffer.allocate(92).order(ByteOrder.LITTLE_ENDIAN);
        identity.put(TestTable.ascending(1).byteArray()).put(TestTable.ascending(65).byteArray());
        identity.putLong(3)
                .putShort((short) 5)
                .putShort((short) 2)
                .putLong(GENERATION)
                .putLong(PAYLOAD_BYTES);
        CRC32C crc = new CRC32C();
        crc.update(identity.array());
        crc.update(arena.asSlice(OFFSET, PAYLOAD_BYTES).asByteBuffer());

        assertThat(table.headers.fields().crc32c(0)).isEqualTo((int) crc.getValue());
    }

    @Test
    void ofAnotherGenerationComesFromThePayloadsAlone() {
        int payload = checksum.payloadCrc32c(OFFSET, PAYLOAD_BYTES);
        long other = SlotHeaderDescriptor.generation(7, 1);

        assertThat(checksum.under(table.headers, 0, GENERATION, payload))
                .isEqualTo(checksum.crc32c(table.headers, 0, OFFSET));
        int under = checksum.under(table.headers, 0, other, payload);
        table.headers.free(0, other - 1);
        table.headers.reserve(0, other, TestTable.body(PAYLOAD_BYTES));
        assertThat(under).isEqualTo(checksum.crc32c(table.headers, 0, OFFSET));
    }

    @Test
    void matchesUntilOneBitOfThePayloadFlips() {
        assertThat(checksum.matches(table.headers, 0, OFFSET)).isTrue();

        long last = OFFSET + PAYLOAD_BYTES - 1;
        arena.set(
                ValueLayout.JAVA_BYTE,
                last,
                (byte) (arena.get(ValueLayout.JAVA_BYTE, last) ^ 0x10));
        assertThat(checksum.matches(table.headers, 0, OFFSET)).isFalse();
    }

    @Test
    void ignoresWhatFollowsThePayload() {
        arena.set(ValueLayout.JAVA_BYTE, OFFSET + PAYLOAD_BYTES, (byte) 1);

        assertThat(checksum.matches(table.headers, 0, OFFSET)).isTrue();
    }

    @Test
    void everyFieldOfTheIdentityCounts() {
        assertDiffers(body -> body.epoch(4));
        assertDiffers(body -> body.group(6, SlotHeaderDescriptor.GROUP_KIND_WINDOW));
        assertDiffers(body -> body.shard(3, 4));
        assertDiffers(body -> body.payloadBytes(PAYLOAD_BYTES - 1));
        assertDiffers(body -> body.namespaceDigest(TestTable.ascending(2), 0));
        assertDiffers(body -> body.hash(TestTable.ascending(66), 0, 32));
    }

    @Test
    void thePayloadOfAnEarlierGenerationFails() {
        int before = table.headers.fields().crc32c(0);
        table.headers.free(0, GENERATION + 1);
        table.headers.reserve(0, GENERATION + 2, TestTable.body(PAYLOAD_BYTES));

        assertThat(checksum.crc32c(table.headers, 0, OFFSET)).isNotEqualTo(before);
    }

    @Test
    void checksWithoutAllocating() {
        double bytes = Allocation.bytesPerRun(() -> checksum.matches(table.headers, 0, OFFSET));

        assertThat(bytes).isLessThan(1.0);
    }

    private void assertDiffers(Consumer<SlotBody> change) {
        int before = table.headers.fields().crc32c(0);
        SlotBody body = TestTable.body(PAYLOAD_BYTES);
        change.accept(body);
        table.headers.reserve(1, GENERATION, body);

        assertThat(checksum.crc32c(table.headers, 1, OFFSET)).isNotEqualTo(before);
    }
}
