// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.transfer.harness.Seeded;
import io.moonpool.transfer.spi.Access;
import io.moonpool.transfer.spi.Batch;
import io.moonpool.transfer.spi.EndCause;
import io.moonpool.transfer.spi.LocalSegment;
import io.moonpool.transfer.spi.Outcome;
import io.moonpool.transfer.spi.PeerLink;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An owner that lies costs the reader an error, never a byte outside of the pieces. */
class LyingOwnerTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SOON = Duration.ofMillis(100);
    private static final int LENGTH = 1000;
    private static final byte CANARY = 0x5A;

    private final Heard heard = new Heard();
    private Arena memory;
    private TcpTransport reader;
    private MemorySegment target;
    private LocalSegment segment;

    @BeforeEach
    void start() throws Exception {
        memory = Arena.ofShared();
        reader =
                TcpTransport.start(
                        TestTransports.settings().withLanes(1).withPatience(LONG, SOON, LONG),
                        heard);
        target = memory.allocate(3 * LENGTH);
        target.fill(CANARY);
        segment = reader.register("target", target, Access.LOCAL);
    }

    @AfterEach
    void close() {
        reader.close();
        for (int i = 0; i < LENGTH; i++) {
            assertThat(target.get(ValueLayout.JAVA_BYTE, i)).isEqualTo(CANARY);
            assertThat(target.get(ValueLayout.JAVA_BYTE, 2 * LENGTH + i)).isEqualTo(CANARY);
        }
        memory.close();
    }

    @Test
    void aTrueAnswerIsTaken() throws Exception {
        try (RawOwner owner = new RawOwner(RawOwner.goodWelcome(), this::truth)) {
            assertThat(read(owner).outcome()).isEqualTo(Outcome.OK);
        }
    }

    @Test
    void whatIsNoWelcomeIsNoPeer() throws Exception {
        ByteBuffer welcome = RawOwner.goodWelcome().put(0, (byte) 'H');
        unreachable(welcome, EndCause.NO_PEER);
    }

    @Test
    void aRefusalIsUnderstood() throws Exception {
        ByteBuffer welcome = RawOwner.goodWelcome();
        welcome.putInt(Wire.WELCOME_CAUSE, EndCause.TOKEN.code());
        assertThat(unreachable(welcome, EndCause.TOKEN)).contains("TOKEN");
        unreachable(
                RawOwner.goodWelcome().putShort(Wire.WELCOME_MAJOR, (short) 2), EndCause.VERSION);
    }

    @Test
    void aWelcomeOfNonsenseIsOutOfBounds() throws Exception {
        unreachable(RawOwner.goodWelcome().putInt(Wire.WELCOME_WINDOW, 0), EndCause.BOUNDS);
        unreachable(RawOwner.goodWelcome().putInt(Wire.WELCOME_WINDOW, -1), EndCause.BOUNDS);
        unreachable(RawOwner.goodWelcome().putInt(Wire.WELCOME_PIECES, 1), EndCause.BOUNDS);
        unreachable(RawOwner.goodWelcome().putLong(Wire.WELCOME_PAYLOAD, -1), EndCause.BOUNDS);
        unreachable(RawOwner.goodWelcome().putInt(Wire.WELCOME_IDLE_MS, 0), EndCause.BOUNDS);
    }

    @Test
    void lyingAnswersAreRefused() throws Exception {
        List<UnaryOperator<ByteBuffer>> lies =
                List.of(
                        reply -> reply.putLong(Wire.REPLY_PAYLOAD, LENGTH + 1),
                        reply -> reply.putLong(Wire.REPLY_PAYLOAD, LENGTH - 1),
                        reply -> reply.putLong(Wire.REPLY_PAYLOAD, -1),
                        reply -> reply.putLong(Wire.REPLY_PAYLOAD, Long.MAX_VALUE),
                        reply -> reply.putInt(Wire.REPLY_PIECES, 1),
                        reply -> reply.put(Wire.REPLY_STATUS, (byte) 99),
                        reply -> reply.put(Wire.REPLY_STATUS, (byte) Wire.STATUS_UNKNOWN_SEGMENT),
                        reply ->
                                reply.put(Wire.REPLY_STATUS, (byte) Wire.STATUS_MIXED)
                                        .putInt(Wire.REPLY_PIECES, 1 << 30));
        for (UnaryOperator<ByteBuffer> lie : lies) {
            lied(lie, EndCause.BOUNDS);
        }
        lied(reply -> reply.putLong(Wire.REPLY_ID, 77), EndCause.FRAME);
        lied(
                reply -> reply.put(Wire.REPLY_TYPE, (byte) (Wire.WRITE | Wire.REPLY_BIT)),
                EndCause.FRAME);
        lied(reply -> reply.put(Wire.REPLY_TYPE, (byte) 0), EndCause.FRAME);
    }

    @Test
    void randomAnswersAreRefused() {
        Seeded.runs(
                30,
                random ->
                        lied(
                                reply -> {
                                    byte[] bytes = reply.array();
                                    random.nextBytes(bytes);
                                    bytes[Wire.REPLY_TYPE] = (byte) random.nextInt(0x80);
                                    return reply;
                                },
                                EndCause.FRAME));
    }

    @Test
    void anAnswerThatNobodyAskedForIsRefused() throws Exception {
        UnaryOperator<ByteBuffer> twice =
                reply ->
                        ByteBuffer.wrap(new byte[2 * reply.capacity()])
                                .put(reply.array())
                                .put(reply.array());
        try (RawOwner owner =
                        new RawOwner(
                                RawOwner.goodWelcome(), request -> twice.apply(truth(request)));
                PeerLink link = reader.connect(owner.address())) {
            assertThat(read(link).outcome()).isEqualTo(Outcome.OK);
            heard.next(EndCause.FRAME);
        }
    }

    @Test
    void aGoodbyeSaysWhy() throws Exception {
        lied(
                reply ->
                        reply.put(Wire.REPLY_TYPE, (byte) Wire.GOODBYE)
                                .put(Wire.REPLY_STATUS, (byte) EndCause.FLOOD.code()),
                EndCause.FLOOD);
    }

    @Test
    void whoStopsInMidAnswerIsSilent() throws Exception {
        try (RawOwner owner =
                        new RawOwner(
                                RawOwner.goodWelcome(),
                                request -> {
                                    ByteBuffer whole = truth(request);
                                    return ByteBuffer.wrap(
                                            java.util.Arrays.copyOf(whole.array(), 500));
                                });
                PeerLink link = reader.connect(owner.address())) {
            Batch batch = read(link);
            assertThat(batch.outcome()).isIn(Outcome.PEER_LOST, Outcome.UNREACHABLE);
            heard.next(EndCause.SILENT);
        }
    }

    @Test
    void whoHangsUpIsLost() throws Exception {
        try (RawOwner owner = new RawOwner(RawOwner.goodWelcome(), request -> null);
                PeerLink link = reader.connect(owner.address())) {
            assertThat(read(link).outcome()).isIn(Outcome.PEER_LOST, Outcome.UNREACHABLE);
            heard.next(EndCause.LOST);
        }
    }

    private ByteBuffer truth(ByteBuffer request) {
        return RawOwner.reply(request, LENGTH);
    }

    private void lied(UnaryOperator<ByteBuffer> lie, EndCause cause) throws Exception {
        Heard here = new Heard();
        TcpSettings settings = TestTransports.settings().withLanes(1);
        try (TcpTransport own = TcpTransport.start(settings, here);
                RawOwner owner =
                        new RawOwner(RawOwner.goodWelcome(), request -> lie.apply(truth(request)));
                PeerLink link = own.connect(owner.address())) {
            LocalSegment landing = own.register("target", target, Access.LOCAL);
            Batch batch = own.newBatch(1).add("any", 0, landing, LENGTH, LENGTH);
            link.read(batch, LONG);
            assertThat(batch.await(LONG)).isTrue();
            assertThat(batch.outcome()).isIn(Outcome.PEER_LOST, Outcome.UNREACHABLE);
            assertThat(batch.reason()).contains(cause.toString());
            here.next(cause);
        }
    }

    private String unreachable(ByteBuffer welcome, EndCause cause) throws Exception {
        try (RawOwner owner = new RawOwner(welcome, this::truth)) {
            Batch batch = read(owner);
            assertThat(batch.outcome()).isEqualTo(Outcome.UNREACHABLE);
            heard.next(cause);
            return batch.reason();
        }
    }

    private Batch read(RawOwner owner) throws Exception {
        try (PeerLink link = reader.connect(owner.address())) {
            return read(link);
        }
    }

    private Batch read(PeerLink link) throws Exception {
        Batch batch = reader.newBatch(1).add("any", 0, segment, LENGTH, LENGTH);
        link.read(batch, LONG);
        assertThat(batch.await(LONG)).isTrue();
        return batch;
    }
}
