// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.transfer.harness.Content;
import io.moonpool.transfer.harness.Seeded;
import io.moonpool.transfer.spi.Access;
import io.moonpool.transfer.spi.Batch;
import io.moonpool.transfer.spi.EndCause;
import io.moonpool.transfer.spi.LocalSegment;
import io.moonpool.transfer.spi.PeerLink;
import io.moonpool.transfer.spi.Token;
import io.moonpool.transfer.spi.TransportListener;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whoever breaks a rule loses that connection alone, for one clear reason. */
class HostileGuestTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SOON = Duration.ofMillis(100);

    /** Long enough for a busy machine to say a word in. */
    private static final Duration PATIENT = Duration.ofSeconds(2);

    private static final String NAME = "segment";
    private static final int BYTES = 1 << 20;
    private static final long SEED = 5;

    private final Heard heard = new Heard();
    private Arena memory;
    private TcpTransport server;
    private TcpTransport client;
    private PeerLink honest;
    private MemorySegment target;
    private LocalSegment targetSegment;

    @BeforeEach
    void start() throws Exception {
        memory = Arena.ofShared();
        server = TcpTransport.start(impatient(), heard);
        MemorySegment owned = memory.allocate(BYTES);
        Content.fill(owned, SEED, 0, BYTES);
        server.register(NAME, owned, Access.READ_WRITE);
        client = TcpTransport.start(TcpSettings.of(TestTransports.TOKEN), TransportListener.NONE);
        target = memory.allocate(BYTES);
        targetSegment = client.register("target", target, Access.LOCAL);
        honest = client.connect(server.address());
        assertThat(honest.awaitUp(LONG)).isTrue();
    }

    /** Stalls are noticed soon; whoever says nothing at all is tolerated for longer. */
    private static TcpSettings impatient() {
        return TestTransports.settings().withGuestPatience(SOON, LONG);
    }

    @AfterEach
    void close() throws Exception {
        assertHonestIsServed();
        client.close();
        server.close();
        memory.close();
    }

    @Test
    void garbageIsNoPeer() throws Exception {
        try (RawGuest guest = new RawGuest(address())) {
            guest.send(
                    ByteBuffer.wrap("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
            assertThat(guest.goodbye()).isEqualTo(-1);
            heard.next(EndCause.NO_PEER);
        }
    }

    @Test
    void anotherVersionIsToldOurs() throws Exception {
        refused(RawGuest.hello(Wire.MAJOR + 1, TestTransports.TOKEN), EndCause.VERSION);
    }

    @Test
    void whoLooksForAnotherMemberIsTold() throws Exception {
        refused(RawGuest.hello(Wire.MAJOR, Token.of(new byte[Token.BYTES])), EndCause.TOKEN);
    }

    @Test
    void whoDoesNotGreetIsNotWaitedFor() throws Exception {
        try (RawGuest guest = new RawGuest(address())) {
            assertThat(guest.goodbye()).isEqualTo(-1);
            heard.next(EndCause.STALLED);
        }
    }

    @Test
    void lyingRequestsAreOutOfBounds() throws Exception {
        violates(EndCause.FRAME, request -> request.put(Wire.REQUEST_TYPE, (byte) 9));
        List<Consumer<ByteBuffer>> lies =
                List.of(
                        request -> request.putShort(Wire.REQUEST_NAME_LENGTH, (short) 0),
                        request -> request.putShort(Wire.REQUEST_NAME_LENGTH, (short) -1),
                        request -> request.putInt(Wire.REQUEST_PIECES, 0),
                        request -> request.putInt(Wire.REQUEST_PIECES, Wire.PIECES_MAX + 1),
                        request -> request.putInt(Wire.REQUEST_PIECES, -1),
                        request -> request.putLong(Wire.REQUEST_PAYLOAD, Wire.PAYLOAD_MAX + 1L),
                        request -> request.putLong(Wire.REQUEST_PAYLOAD, -1),
                        request -> request.putLong(Wire.REQUEST_PAYLOAD, Long.MAX_VALUE),
                        request -> request.putLong(Wire.REQUEST_PAYLOAD, 99),
                        request -> request.putLong(Wire.REQUEST_PAYLOAD, 101),
                        request -> request.putLong(request.capacity() - 8, -100),
                        request -> request.putLong(request.capacity() - 8, Long.MIN_VALUE));
        for (Consumer<ByteBuffer> lie : lies) {
            violates(EndCause.BOUNDS, lie);
        }
    }

    @Test
    void anyGarbageAfterTheGreetingEndsThatConnectionAlone() {
        Seeded.runs(
                30,
                random -> {
                    try (RawGuest guest = welcomed()) {
                        byte[] garbage = new byte[Wire.REQUEST_BYTES + random.nextInt(3000)];
                        random.nextBytes(garbage);
                        garbage[Wire.REQUEST_TYPE] = (byte) (4 + random.nextInt(200));
                        guest.sendAnyway(ByteBuffer.wrap(garbage));
                        guest.goodbye();
                        heard.next(EndCause.FRAME);
                    }
                });
    }

    @Test
    void whoLeavesInMidFrameIsLost() throws Exception {
        try (RawGuest guest = welcomed()) {
            guest.send(ByteBuffer.wrap(new byte[] {Wire.READ, 0, 7}));
        }
        heard.next(EndCause.LOST);
        try (RawGuest guest = welcomed()) {
            guest.send(RawGuest.request(Wire.WRITE, NAME, 0, 5000));
        }
        heard.next(EndCause.LOST);
    }

    @Test
    void whoStopsInMidFrameIsClosed() throws Exception {
        try (RawGuest guest = welcomed()) {
            guest.send(ByteBuffer.wrap(new byte[] {Wire.READ, 0, 7}));
            assertThat(guest.goodbye()).isEqualTo(EndCause.STALLED.code());
            heard.next(EndCause.STALLED);
        }
        try (RawGuest guest = welcomed()) {
            guest.send(RawGuest.request(Wire.WRITE, NAME, 0, 5000));
            assertThat(guest.goodbye()).isEqualTo(EndCause.STALLED.code());
            heard.next(EndCause.STALLED);
        }
    }

    @Test
    void whoDripsAFrameIsClosedToo() throws Exception {
        try (RawGuest guest = welcomed()) {
            ByteBuffer request = RawGuest.request(Wire.READ, NAME, 0, 100);
            for (int i = 0; i < request.capacity() - 1 && heard.soFar().isEmpty(); i++) {
                guest.sendAnyway(ByteBuffer.wrap(new byte[] {request.get(i)}));
                Thread.sleep(SOON.toMillis() / 5);
            }
            heard.next(EndCause.STALLED);
        }
    }

    @Test
    void whoAsksAndDoesNotTakeTheAnswersIsClosed() throws Exception {
        try (RawGuest guest = welcomed()) {
            for (int i = 0; i < Wire.WINDOW; i++) {
                guest.send(RawGuest.request(Wire.READ, NAME, 0, BYTES));
            }
            heard.next(EndCause.STALLED);
        }
    }

    @Test
    void whoAsksForMoreThanAgreedIsFlooding() throws Exception {
        try (RawGuest guest = welcomed()) {
            for (int i = 0; i < 40 * Wire.WINDOW; i++) {
                guest.sendAnyway(RawGuest.request(Wire.READ, NAME, 0, BYTES));
            }
            heard.next(EndCause.FLOOD);
        }
    }

    @Test
    void thereIsRoomForSoManyGuestsOnly() throws Exception {
        Heard there = new Heard();
        try (TcpTransport small =
                        TcpTransport.start(TestTransports.settings().withSockets(0, 3), there);
                RawGuest first = welcomedBy(small);
                RawGuest second = welcomedBy(small)) {
            try (RawGuest third = welcomedBy(small);
                    RawGuest fourth = new RawGuest(small.boundAddresses().getFirst())) {
                assertThat(fourth.goodbye()).isEqualTo(-1);
                there.next(EndCause.TOO_MANY_CONNECTIONS);
                assertAnswers(third);
            }
            there.next(EndCause.CLOSED);
            try (RawGuest again = welcomedBy(small)) {
                assertAnswers(again);
            }
            assertAnswers(first);
            assertAnswers(second);
        }
    }

    @Test
    void whoSaysNothingForLongIsClosed() throws Exception {
        try (TcpTransport strict =
                        TcpTransport.start(
                                TestTransports.settings().withGuestPatience(LONG, SOON), heard);
                RawGuest guest = welcomedBy(strict)) {
            assertThat(guest.goodbye()).isEqualTo(EndCause.SILENT.code());
            heard.next(EndCause.SILENT);
        }
    }

    @Test
    void idleLanesShowThatTheyLive() throws Exception {
        Heard strictHeard = new Heard();
        try (TcpTransport strict =
                        TcpTransport.start(
                                TestTransports.settings().withGuestPatience(LONG, PATIENT),
                                strictHeard);
                PeerLink idle = client.connect(strict.address())) {
            assertThat(idle.awaitUp(LONG)).isTrue();
            Thread.sleep(2 * PATIENT.toMillis());
            assertThat(strictHeard.soFar()).isEmpty();
        }
    }

    private InetSocketAddress address() {
        return server.boundAddresses().getFirst();
    }

    private RawGuest welcomed() throws IOException {
        return welcomedBy(server);
    }

    private static RawGuest welcomedBy(TcpTransport transport) throws IOException {
        return RawGuest.welcomed(transport.boundAddresses().getFirst(), TestTransports.TOKEN);
    }

    private static void assertAnswers(RawGuest guest) throws IOException {
        guest.send(RawGuest.request(Wire.READ, "none", 0, 1));
        assertThat(guest.receive(Wire.REPLY_BYTES).get(Wire.REPLY_STATUS))
                .isEqualTo((byte) Wire.STATUS_UNKNOWN_SEGMENT);
    }

    private void refused(ByteBuffer hello, EndCause cause) throws Exception {
        try (RawGuest guest = new RawGuest(address())) {
            guest.send(hello);
            ByteBuffer welcome = guest.receive(Wire.WELCOME_BYTES);
            assertThat(welcome.getInt(Wire.WELCOME_CAUSE)).isEqualTo(cause.code());
            assertThat(welcome.getShort(Wire.WELCOME_MAJOR)).isEqualTo((short) Wire.MAJOR);
            assertThat(guest.goodbye()).isEqualTo(-1);
            heard.next(cause);
        }
    }

    private void violates(EndCause cause, Consumer<ByteBuffer> lie) throws Exception {
        try (RawGuest guest = welcomed()) {
            ByteBuffer request = RawGuest.request(Wire.READ, NAME, 0, 100);
            lie.accept(request);
            guest.send(request);
            assertThat(guest.goodbye()).isEqualTo(cause.code());
            heard.next(cause);
        }
    }

    private void assertHonestIsServed() throws Exception {
        List<Batch> batches = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Batch batch = client.newBatch(1);
            batch.add(NAME, i * 1000, targetSegment, i * 1000, 1000);
            honest.read(batch, LONG);
            batches.add(batch);
        }
        for (Batch batch : batches) {
            assertThat(batch.await(LONG)).isTrue();
            assertThat(batch.outcome().isOk()).as(batch.reason()).isTrue();
        }
        assertThat(Content.mismatch(target, 0, SEED, 0, 4000)).isEqualTo(-1);
        assertThat(heard.soFar()).isEmpty();
    }
}
