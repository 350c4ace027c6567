// SPDX-License-Identifier: Apache-2.0
package io.moonpool.shm.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.moonpool.shm.layout.SessionFileDescriptor;
import io.moonpool.shm.memory.Ordered;
import io.moonpool.shm.ring.RingConsumer;
import io.moonpool.shm.ring.RingProducer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionFileTest {
    private static final SessionLayout LAYOUT = SessionLayout.scheduler(256, 1 << 16, 1 << 17);

    @TempDir private Path directory;

    @Test
    void carriesRequestsAndCompletionsBetweenBothEnds() throws IOException {
        try (SessionFile session = create(LAYOUT, SessionFileDescriptor.ROLE_SCHEDULER)) {
            MemorySegment memory = session.file().map();
            RingProducer client =
                    new RingProducer(LAYOUT.requestRing(memory), LAYOUT.requestRingCapacity());
            RingConsumer answers =
                    new RingConsumer(
                            LAYOUT.completionRing(memory), LAYOUT.completionRingCapacity());
            UnsafeBuffer body = new UnsafeBuffer(new byte[] {1, 2, 3});

            client.offer(11, body, 0, 3);
            int[] types = new int[2];
            session.requests().poll((type, buffer, offset, length) -> types[0] = type, 10);
            session.completions().offer(31, body, 0, 3);
            answers.poll((type, buffer, offset, length) -> types[1] = type, 10);

            assertThat(types).containsExactly(11, 31);
        }
    }

    @Test
    void itsPartsArePageAlignedAndApart() {
        assertThat(LAYOUT.leaseCellsOffset()).isEqualTo(4096);
        assertThat(LAYOUT.requestRingOffset()).isEqualTo(4096 + 256 * 64);
        assertThat(LAYOUT.completionRingOffset())
                .isEqualTo(LAYOUT.requestRingOffset() + (1 << 16) + 4096);
        assertThat(LAYOUT.fileBytes()).isEqualTo(LAYOUT.completionRingOffset() + (1 << 17) + 4096);
    }

    @Test
    void aWorkerHasOnePageAndNoRings() throws IOException {
        try (SessionFile session =
                create(SessionLayout.worker(), SessionFileDescriptor.ROLE_WORKER)) {
            assertThat(session.file().bytes()).isEqualTo(4096);
            assertThat(session.hasRings()).isFalse();
        }
    }

    @Test
    void theHeartbeatMoves() throws IOException {
        try (SessionFile session =
                create(SessionLayout.worker(), SessionFileDescriptor.ROLE_WORKER)) {
            session.heartbeat();
            session.heartbeat();

            assertThat(
                            Ordered.longAcquire(
                                    session.file().map(), SessionFileDescriptor.HEARTBEAT_OFFSET))
                    .isEqualTo(2);
        }
    }

    @Test
    void aClientThatRewritesTheFirstPageMovesNothing() throws IOException {
        try (SessionFile session = create(LAYOUT, SessionFileDescriptor.ROLE_SCHEDULER)) {
            MemorySegment memory = session.file().map();
            memory.asSlice(0, 128).fill((byte) 0xff);
            new RingProducer(LAYOUT.requestRing(memory), LAYOUT.requestRingCapacity())
                    .offer(11, new UnsafeBuffer(new byte[1]), 0, 1);

            assertThat(session.requests().poll((type, buffer, offset, length) -> {}, 10))
                    .isEqualTo(1);
        }
    }

    @Test
    void refusesAFileThatIsThereAlready() throws IOException {
        Files.writeString(directory.resolve("session"), "mine");

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> create(LAYOUT, SessionFileDescriptor.ROLE_SCHEDULER))
                .withMessageContaining("EEXIST");
        assertThat(directory.resolve("session")).hasContent("mine");
    }

    @Test
    void refusesOneRingWithoutTheOther() {
        assertThatIllegalArgumentException().isThrownBy(() -> new SessionLayout(256, 4096, 0));
    }

    private SessionFile create(SessionLayout layout, int role) throws IOException {
        SessionIdentity identity = new SessionIdentity(7, role, UUID.randomUUID());
        return SessionFile.create(directory.resolve("session"), identity, layout);
    }
}
