// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.ring;

import static io.moonpool.shm.layout.RingDescriptor.HEAD_OFFSET;
import static io.moonpool.shm.layout.RingDescriptor.PADDING_TYPE;
import static io.moonpool.shm.layout.RingDescriptor.TAIL_OFFSET;
import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.shm.harness.Seeded;
import io.moonpool.shm.memory.Ordered;
import io.moonpool.shm.ring.RingViolation.Rule;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The writer is another process: it can write anything anywhere in the ring, at any time. */
class HostileWriterTest {
    private static final int CAPACITY = 1024;
    private static final RecordHandler IGNORE =
            (type, buffer, offset, length) -> buffer.checkLimit(offset + length);

    private final TestRing ring = new TestRing(CAPACITY);

    @ParameterizedTest
    @CsvSource({
        "1, 1, LENGTH_TOO_SHORT",
        "7, 1, LENGTH_TOO_SHORT",
        "7, -1, LENGTH_TOO_SHORT",
        "129, 1, LENGTH_TOO_LONG",
        "2147483647, 1, LENGTH_TOO_LONG",
        "2147483647, -1, PAST_END",
        "1025, -1, PAST_END",
        "16, 0, TYPE",
        "16, -2, TYPE",
        "16, 65536, TYPE",
        "16, -2147483648, TYPE"
    })
    void aLieAboutTheFirstRecordIsNamed(int length, int type, Rule rule) {
        put(0, length, type);

        assertThat(ring.consumer.poll(IGNORE, 10)).isEqualTo(RingConsumer.VIOLATION);
        assertThat(ring.consumer.violation()).contains(new RingViolation(rule, 0, length, type));
    }

    @Test
    void aRecordOverTheEndIsNamed() {
        for (int i = 0; i < 15; i++) {
            put(64 * i, 64, 1);
        }
        put(960, 65, 1);

        assertThat(ring.consumer.poll(IGNORE, 100)).isEqualTo(RingConsumer.VIOLATION);
        assertThat(ring.consumer.violation().orElseThrow().rule()).isEqualTo(Rule.PAST_END);
    }

    @Test
    void aWriterThatRunsAheadOfTheReaderIsNamed() {
        put(0, CAPACITY, PADDING_TYPE);
        int[] records = {0};
        // The handler plays the writer that refills at once what was read: without a bound the
        // visit would never end.
        RecordHandler refill =
                (type, buffer, offset, length) -> {
                    records[0]++;
                    put(records[0] * 128 % CAPACITY, 128, 1);
                };
        ring.consumer.poll(refill, 1);
        put(0, 128, 1);

        assertThat(ring.consumer.poll(refill, Integer.MAX_VALUE)).isEqualTo(RingConsumer.VIOLATION);
        assertThat(ring.consumer.violation().orElseThrow().rule()).isEqualTo(Rule.OVERRUN);
        assertThat(records[0]).isEqualTo(8);
    }

    @Test
    void aNegativeLengthIsARecordNotYetWritten() {
        put(0, -64, 1);

        assertThat(ring.consumer.poll(IGNORE, 10)).isZero();
        assertThat(ring.consumer.violation()).isEmpty();
    }

    @Test
    void falsePositionsInTheTrailerChangeNothing() {
        ring.offer(1, new byte[10]);
        Ordered.longPlain(ring.memory, CAPACITY + HEAD_OFFSET, Long.MIN_VALUE);
        Ordered.longPlain(ring.memory, CAPACITY + TAIL_OFFSET, Long.MAX_VALUE);

        assertThat(ring.poll(10)).hasSize(1);
        assertThat(ring.poll(10)).isEmpty();
    }

    @Test
    void aFalseHeadMakesAProducerLoseRecordsAndNothingElse() {
        Seeded.runs(
                50,
                random -> {
                    TestRing victim = new TestRing(CAPACITY);
                    for (int i = 0; i < 200; i++) {
                        Ordered.longPlain(victim.memory, CAPACITY + HEAD_OFFSET, random.nextLong());
                        victim.offer(1, new byte[random.nextInt(100)]);
                    }
                    assertThat(victim.guardsAreIntact()).isTrue();
                });
    }

    @Test
    void anEndedRingStaysEnded() {
        put(0, 3, 1);
        ring.consumer.poll(IGNORE, 10);
        put(0, 16, 1);

        assertThat(ring.consumer.poll(IGNORE, 10)).isEqualTo(RingConsumer.VIOLATION);
    }

    @Test
    void anyBytesEndInRecordsSilenceOrAViolation() {
        Seeded.runs(
                500,
                random -> {
                    TestRing victim = new TestRing(CAPACITY);
                    for (int visit = 0; visit < 30; visit++) {
                        scribble(victim, random);
                        int count = victim.consumer.poll(IGNORE, 10);
                        assertThat(count).isBetween(RingConsumer.VIOLATION, 10);
                        assertThat(victim.consumer.violation().isPresent())
                                .isEqualTo(count == RingConsumer.VIOLATION);
                    }
                    assertThat(victim.guardsAreIntact()).isTrue();
                });
    }

    @Test
    void aWriterThatScribblesWhileWeReadHarmsNobody() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        TestRing[] victim = {new TestRing(CAPACITY)};
        Thread writer =
                Thread.ofPlatform()
                        .start(() -> {
                            Random random = new Random(seed);
                            while (!stop.get()) {
                                scribble(victim[0], random);
                            }
                        });
        try {
            long end = System.nanoTime() + 1_000_000_000L;
            while (System.nanoTime() < end) {
                if (victim[0].consumer.poll(IGNORE, 100) == RingConsumer.VIOLATION) {
                    assertThat(victim[0].guardsAreIntact()).isTrue();
                    victim[0] = new TestRing(CAPACITY);
                }
            }
        } finally {
            stop.set(true);
            writer.join();
        }
    }

    /** Mostly near-misses: bytes at random would nearly always break the first rule. */
    private static void scribble(TestRing ring, Random random) {
        int index = random.nextInt(CAPACITY / 8) * 8;
        int type =
                random.nextInt(4) == 0 ? random.nextInt() : random.nextBoolean() ? 1 : PADDING_TYPE;
        switch (random.nextInt(4)) {
            case 0 -> put(ring, index, random.nextInt(), type);
            case 1 -> put(ring, index, CAPACITY - index + random.nextInt(3) - 1, type);
            case 2 -> put(ring, index, random.nextInt(140), type);
            default ->
                    Ordered.longPlain(
                            ring.memory, random.nextInt(CAPACITY + 760), random.nextLong());
        }
    }

    private void put(int index, int length, int type) {
        put(ring, index, length, type);
    }

    private static void put(TestRing ring, int index, int length, int type) {
        Ordered.intPlain(ring.memory, index + 4, type);
        Ordered.intRelease(ring.memory, index, length);
    }
}
