// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.headers;

import static io.moonpool.shm.layout.SlotHeaderDescriptor.COMMITTED;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.CORRUPT;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.FREE;
import static io.moonpool.shm.layout.SlotHeaderDescriptor.RESERVED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.moonpool.shm.harness.Allocation;
import io.moonpool.shm.layout.SlotHeaderDescriptor;
import org.junit.jupiter.api.Test;

class HeaderTableTest {
    private static final long GENERATION = SlotHeaderDescriptor.generation(7, 42);

    private final TestTable table = new TestTable();
    private final HeaderTable headers = table.headers;
    private final int slot = headers.slot(1, 3);

    @Test
    void showsAFreshSlotAsFree() {
        assertThat(headers.state(slot)).isEqualTo(FREE);
        assertThat(headers.generation(slot)).isZero();
        assertThat(headers.pinnedBy(slot)).isZero();
    }

    @Test
    void aReservedSlotIsPinnedByItsWriter() {
        headers.reserve(slot, GENERATION, TestTable.body(5000));

        assertThat(headers.state(slot)).isEqualTo(RESERVED);
        assertThat(headers.generation(slot)).isEqualTo(GENERATION);
        assertThat(headers.pinnedBy(slot)).isEqualTo(1L << 63);
    }

    @Test
    void aReservationCarriesEveryFieldOfTheBody() {
        headers.reserve(slot, GENERATION, TestTable.body(5000));

        SlotFields fields = headers.fields();
        byte[] bytes = new byte[96];
        fields.namespaceDigest(slot, bytes, 0);
        fields.hash(slot, bytes, 32);
        fields.parentHash(slot, bytes, 64);
        assertThat(bytes)
                .startsWith(1, 2)
                .containsSequence(65, 66)
                .containsSequence((byte) 129, (byte) 130);
        assertThat(fields.epoch(slot)).isEqualTo(3);
        assertThat(fields.payloadBytes(slot)).isEqualTo(5000);
        assertThat(fields.position(slot)).isEqualTo(17);
        assertThat(fields.group(slot)).isEqualTo(5);
        assertThat(fields.groupKind(slot)).isEqualTo(2);
        assertThat(fields.hashBytes(slot)).isEqualTo(32);
        assertThat(fields.shard(slot)).isEqualTo(2);
        assertThat(fields.shardCount(slot)).isEqualTo(4);
        assertThat(fields.blockTokens(slot)).isEqualTo(16);
        assertThat(fields.layerFirst(slot)).isEqualTo(8);
        assertThat(fields.layerCount(slot)).isEqualTo(24);
        assertThat(fields.headFirst(slot)).isEqualTo(6);
        assertThat(fields.headCount(slot)).isEqualTo(7);
        assertThat(fields.writer(slot)).isEqualTo(63);
        assertThat(fields.arena(slot)).isEqualTo(9);
        assertThat(fields.objectNumber(slot)).isEqualTo(0x1122334455667788L);
    }

    @Test
    void commitAndCorruptKeepTheGeneration() {
        headers.reserve(slot, GENERATION, TestTable.body(5000));
        headers.commit(slot, 0xcafebabe);
        assertThat(headers.word(slot)).isEqualTo(GENERATION << 8 | COMMITTED);
        assertThat(headers.fields().crc32c(slot)).isEqualTo(0xcafebabe);

        headers.corrupt(slot);
        assertThat(headers.word(slot)).isEqualTo(GENERATION << 8 | CORRUPT);
    }

    @Test
    void aFreedSlotShowsTheNextGenerationAndNoPin() {
        headers.reserve(slot, GENERATION, TestTable.body(5000));
        headers.free(slot, GENERATION + 1);

        assertThat(headers.word(slot)).isEqualTo(((GENERATION + 1) << 8) | FREE);
        assertThat(headers.pinnedBy(slot)).isZero();
    }

    @Test
    void leavesTheNeighboursAlone() {
        headers.reserve(slot, GENERATION, TestTable.body(5000));

        assertThat(headers.word(slot - 1)).isZero();
        assertThat(headers.pinnedBy(slot - 1)).isZero();
        assertThat(headers.word(slot + 1)).isZero();
        assertThat(headers.fields().objectNumber(slot - 1)).isZero();
    }

    @Test
    void aBodyUsedAgainForgetsWhatIsCleared() {
        SlotBody body = TestTable.body(5000);
        headers.reserve(slot, GENERATION, body.clear().epoch(1));

        assertThat(headers.fields().epoch(slot)).isEqualTo(1);
        assertThat(headers.fields().payloadBytes(slot)).isZero();
        assertThat(headers.pinnedBy(slot)).isEqualTo(1);
    }

    @Test
    void remembersTheStrideOfASlab() {
        headers.assign(1, 512);

        assertThat(headers.stride(1)).isEqualTo(512);
        assertThat(headers.stride(0)).isZero();
    }

    @Test
    void theHeadersOfASlabAreWholePages() {
        assertThat(headers.slabHeadersOffset(0) % 4096).isZero();
        assertThat(headers.slabHeadersBytes() % 4096).isZero();
        assertThat(headers.slabHeadersOffset(1))
                .isEqualTo(headers.slabHeadersOffset(0) + headers.slabHeadersBytes());
        assertThat(headers.slabHeadersOffset(1) + headers.slabHeadersBytes())
                .isEqualTo(table.memory.byteSize());
    }

    @Test
    void refusesASlotBeyondTheTable() {
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> headers.word(headers.slotCount()));
    }

    @Test
    void refusesShapesOutsideTheBounds() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HeaderTable.bytesFor(1, 3 << 20))
                .withMessageContaining("slabBytes=3145728");
        assertThatIllegalArgumentException().isThrownBy(() -> HeaderTable.bytesFor(1, 1 << 19));
        assertThatIllegalArgumentException().isThrownBy(() -> HeaderTable.bytesFor(1, 1L << 31));
        assertThatIllegalArgumentException().isThrownBy(() -> HeaderTable.bytesFor(0, 1 << 20));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HeaderTable.bytesFor(1 << 23, 1 << 20));
    }

    @Test
    void changesStateWithoutAllocating() {
        SlotBody body = TestTable.body(5000);
        long[] generation = {GENERATION};

        double bytes =
                Allocation.bytesPerRun(() -> {
                    headers.reserve(slot, generation[0]++, body);
                    headers.commit(slot, 1);
                    headers.pinnedBy(slot, headers.pinnedBy(slot) | 2);
                    if (headers.word(slot) != 0 && headers.fields().epoch(slot) == 3) {
                        headers.free(slot, generation[0]++);
                    }
                });

        assertThat(bytes).isLessThan(1.0);
    }
}
