// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.ring;

import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.shm.harness.Seeded;
import io.moonpool.shm.ring.TestRing.Received;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class RingPropertyTest {
    @Test
    void aRingIsABoundedQueueThroughAnyNumberOfWraps() {
        Seeded.runs(200, RingPropertyTest::comparesWithAQueue);
    }

    @Test
    void twoThreadsExchangeEveryRecordOnce() {
        Seeded.runs(3, RingPropertyTest::exchangesBetweenThreads);
    }

    private static void comparesWithAQueue(Random random) {
        TestRing ring = new TestRing(1024 << random.nextInt(3));
        Queue<Received> model = new ArrayDeque<>();
        for (int step = 0; step < 500; step++) {
            if (random.nextInt(3) > 0) {
                byte[] body = new byte[random.nextInt(ring.producer.bodyBytesMax() + 1)];
                random.nextBytes(body);
                int type = 1 + random.nextInt(65_535);
                if (ring.offer(type, body)) {
                    model.add(Received.of(type, body));
                } else {
                    assertThat(model).as("a ring that refuses holds something").isNotEmpty();
                }
            } else {
                int limit = 1 + random.nextInt(20);
                int expected = Math.min(limit, model.size());
                for (Received received : ring.poll(limit)) {
                    assertThat(received).isEqualTo(model.remove());
                    expected--;
                }
                assertThat(expected).as("records not delivered").isZero();
            }
        }
        assertThat(ring.consumer.violation()).isEmpty();
        assertThat(ring.guardsAreIntact()).isTrue();
    }

    private static void exchangesBetweenThreads(Random random) throws Exception {
        int count = 100_000;
        long seed = random.nextLong();
        TestRing ring = new TestRing(4096);
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread writer = Thread.ofPlatform().start(() -> writeAll(ring, seed, count, stop));
        try {
            Random replay = new Random(seed);
            byte[] expected = new byte[ring.producer.bodyBytesMax()];
            int[] received = {0};
            RecordHandler check =
                    (type, buffer, offset, length) -> {
                        int bodyBytes = fill(replay, expected);
                        for (int i = 0; i < bodyBytes; i++) {
                            if (length != bodyBytes || buffer.getByte(offset + i) != expected[i]) {
                                failure.compareAndSet(
                                        null,
                                        new AssertionError("record " + received[0] + " differs"));
                            }
                        }
                        received[0]++;
                    };
            while (received[0] < count && failure.get() == null) {
                if (ring.consumer.poll(check, 10) == 0) {
                    LockSupport.parkNanos(1);
                }
            }
            assertThat(failure.get()).isNull();
            assertThat(ring.consumer.violation()).isEmpty();
        } finally {
            stop.set(true);
            writer.join();
        }
    }

    private static void writeAll(TestRing ring, long seed, int count, AtomicBoolean stop) {
        Random random = new Random(seed);
        byte[] body = new byte[ring.producer.bodyBytesMax()];
        UnsafeBuffer source = new UnsafeBuffer(body);
        for (int i = 0; i < count && !stop.get(); i++) {
            int length = fill(random, body);
            while (!ring.producer.offer(1, source, 0, length) && !stop.get()) {
                LockSupport.parkNanos(1);
            }
        }
    }

    private static int fill(Random random, byte[] body) {
        int length = random.nextInt(64);
        for (int i = 0; i < length; i++) {
            body[i] = (byte) random.nextInt();
        }
        return length;
    }
}
