// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.moonpool.shm.harness.Allocation;
import io.moonpool.shm.layout.RingDescriptor;
import io.moonpool.shm.ring.TestRing.Received;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.junit.jupiter.api.Test;

class RingTest {
    private static final int CAPACITY = 1024;
    private static final int LIMIT = 100;

    private final TestRing ring = new TestRing(CAPACITY);

    @Test
    void deliversRecordsInOrder() {
        ring.offer(1, new byte[] {1});
        ring.offer(2, new byte[] {});
        ring.offer(65_535, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9});

        assertThat(ring.poll(LIMIT))
                .containsExactly(
                        Received.of(1, new byte[] {1}),
                        Received.of(2, new byte[] {}),
                        Received.of(65_535, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9}));
        assertThat(ring.poll(LIMIT)).isEmpty();
    }

    @Test
    void deliversWhatFollowsThePaddingInTheSameVisit() {
        fillWith(8, 112);
        ring.poll(LIMIT);
        // Eight records of 120 bytes: the tail stands 64 bytes before the end.
        assertThat(ring.offer(9, new byte[100])).isTrue();

        assertThat(ring.poll(LIMIT)).containsExactly(Received.of(9, new byte[100]));
    }

    @Test
    void refusesWhenFullAndTakesAgainAfterAVisit() {
        fillWith(8, 112);

        assertThat(ring.offer(8, new byte[112])).isFalse();
        ring.poll(1);
        assertThat(ring.offer(8, new byte[1])).isTrue();
    }

    @Test
    void keepsTheOldestRecordWhenFilledToTheLastHeader() {
        for (int i = 0; i < 7; i++) {
            assertThat(ring.offer(i + 1, filled(120, i))).isTrue();
        }
        assertThat(ring.offer(98, filled(120, 98)))
                .as("leaves no place for the next header")
                .isFalse();
        assertThat(ring.offer(99, filled(112, 99))).as("leaves exactly that place").isTrue();

        List<Received> received = ring.poll(LIMIT);
        assertThat(received).hasSize(8);
        assertThat(received.getFirst()).isEqualTo(Received.of(1, filled(120, 0)));
        assertThat(received.getLast()).isEqualTo(Received.of(99, filled(112, 99)));
    }

    @Test
    void visitsNoMoreThanTheLimit() {
        fillWith(5, 8);

        assertThat(ring.poll(3)).hasSize(3);
        assertThat(ring.poll(1)).hasSize(1);
    }

    @Test
    void goesOnBehindTheRecordWhoseHandlerThrew() {
        ring.offer(1, new byte[] {1});
        ring.offer(2, new byte[] {2});

        assertThatThrownBy(() ->
                        ring.consumer.poll(
                                (type, buffer, offset, length) -> {
                                    throw new IllegalStateException("handler");
                                },
                                LIMIT))
                .hasMessage("handler");
        assertThat(ring.poll(LIMIT)).containsExactly(Received.of(2, new byte[] {2}));
    }

    @Test
    void givesTheHandlerABufferThatEndsWithTheRecord() {
        ring.offer(1, new byte[100]);
        ring.offer(2, new byte[4]);
        List<Throwable> refused = new ArrayList<>();

        ring.consumer.poll(
                (type, buffer, offset, length) -> {
                    try {
                        buffer.getByte(offset + length);
                    } catch (IndexOutOfBoundsException expected) {
                        refused.add(expected);
                    }
                },
                LIMIT);

        assertThat(refused).hasSize(2);
    }

    @Test
    void refusesARecordOverItsBound() {
        int bound = ring.producer.bodyBytesMax();
        assertThat(bound).isEqualTo(CAPACITY / 8 - 8);
        assertThat(ring.offer(1, new byte[bound])).isTrue();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ring.offer(1, new byte[bound + 1]))
                .withMessageContaining("length=121, bodyBytesMax=120");
    }

    @Test
    void refusesATypeThatIsNoTemplateId() {
        assertThatIllegalArgumentException().isThrownBy(() -> ring.offer(0, new byte[1]));
        assertThatIllegalArgumentException().isThrownBy(() -> ring.offer(-1, new byte[1]));
        assertThatIllegalArgumentException().isThrownBy(() -> ring.offer(65_536, new byte[1]));
    }

    @Test
    void refusesACapacityThatIsNoPowerOfTwo() {
        assertThatIllegalArgumentException().isThrownBy(() -> RingDescriptor.ringBytes(1000));
        assertThatIllegalArgumentException().isThrownBy(() -> RingDescriptor.ringBytes(512));
    }

    @Test
    void readsWhatAgronaWrites() {
        OneToOneRingBuffer agrona = agrona();
        List<Received> expected = new ArrayList<>();
        List<Received> received = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            byte[] body = filled(i * 7 % 100, i);
            assertThat(agrona.write(i + 1, new UnsafeBuffer(body), 0, body.length)).isTrue();
            expected.add(Received.of(i + 1, body));
            received.addAll(ring.poll(LIMIT));
        }
        assertThat(received).isEqualTo(expected);
    }

    @Test
    void writesWhatAgronaReads() {
        OneToOneRingBuffer agrona = agrona();
        List<Received> expected = new ArrayList<>();
        List<Received> received = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            byte[] body = filled(i * 7 % 100, i);
            assertThat(ring.offer(i + 1, body)).isTrue();
            expected.add(Received.of(i + 1, body));
            // Agrona stops at the end of the buffer, so that a wrap takes two visits.
            for (int visit = 0; visit < 2; visit++) {
                agrona.read((type, buffer, offset, length) -> {
                    byte[] copy = new byte[length];
                    buffer.getBytes(offset, copy);
                    received.add(Received.of(type, copy));
                });
            }
        }
        assertThat(received).isEqualTo(expected);
    }

    @Test
    void offersAndPollsWithoutAllocating() {
        UnsafeBuffer body = new UnsafeBuffer(new byte[40]);
        RecordHandler ignore = (type, buffer, offset, length) -> {};

        double bytes =
                Allocation.bytesPerRun(() -> {
                    ring.producer.offer(1, body, 0, 40);
                    ring.consumer.poll(ignore, LIMIT);
                });

        assertThat(bytes).isLessThan(1.0);
    }

    private void fillWith(int count, int bodyBytes) {
        for (int i = 0; i < count; i++) {
            assertThat(ring.offer(1, new byte[bodyBytes])).isTrue();
        }
    }

    private OneToOneRingBuffer agrona() {
        return new OneToOneRingBuffer(new UnsafeBuffer(ring.memory.asByteBuffer()));
    }

    private static byte[] filled(int length, int value) {
        byte[] body = new byte[length];
        Arrays.fill(body, (byte) value);
        return body;
    }
}
