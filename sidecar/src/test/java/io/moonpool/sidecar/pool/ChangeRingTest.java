// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.pool.client.ChangeLog;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class ChangeRingTest {
    private final ChangeRing ring = new ChangeRing();
    private final UnsafeBuffer hash = new UnsafeBuffer(new byte[32]);

    @Test
    void recordsAreThoseOfTheSpecification() {
        hash.putByte(31, (byte) 9);
        ring.retracted(7, 3, 5, hash);
        ByteBuffer records =
                ByteBuffer.allocate(ChangeLog.RECORD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(ring.drainTo(records, 1)).isEqualTo(1);
        assertThat(records.get(0)).isEqualTo((byte) 2);
        assertThat(records.get(1)).isEqualTo((byte) 1);
        assertThat(records.getInt(4)).isEqualTo(7);
        assertThat(records.getLong(8)).isEqualTo(3);
        assertThat(records.getLong(16)).isEqualTo(5);
        assertThat(records.get(55)).isEqualTo((byte) 9);
    }

    @Test
    void whatFindsNoRoomIsRememberedAsLost() {
        int room = ring.room();
        for (int i = 0; i < room; i++) {
            ring.published(0, 1, i, hash);
        }
        assertThat(ring.takeOverflow()).as("the room it promised").isFalse();
        for (int i = 0; i < 2 * room; i++) {
            ring.published(0, 1, i, hash);
        }
        assertThat(ring.takeOverflow()).isTrue();
        assertThat(ring.takeOverflow()).as("once").isFalse();
    }
}
