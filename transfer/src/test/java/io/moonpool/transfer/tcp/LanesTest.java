// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.moonpool.transfer.harness.Content;
import io.moonpool.transfer.harness.Seeded;
import io.moonpool.transfer.spi.Access;
import io.moonpool.transfer.spi.Batch;
import io.moonpool.transfer.spi.DeviceCounters;
import io.moonpool.transfer.spi.LocalSegment;
import io.moonpool.transfer.spi.Outcome;
import io.moonpool.transfer.spi.PeerAddress;
import io.moonpool.transfer.spi.PeerLink;
import io.moonpool.transfer.spi.TransportListener;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Several connections to one peer: shares, losses, and several addresses. */
class LanesTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final int BYTES = 32 << 20;
    private static final long SEED = 11;
    private static final String NAME = "segment";

    @Test
    void lostLanesInTheMiddleCostNothing() {
        Seeded.runs(
                5,
                random -> {
                    try (Arena memory = Arena.ofShared();
                            TcpTransport owner = owner(memory);
                            TcpPath path = new TcpPath(owner.address());
                            TcpTransport reader = reader(4);
                            PeerLink link = reader.connect(path.address())) {
                        assertThat(link.awaitUp(LONG)).isTrue();
                        MemorySegment target = memory.allocate(BYTES);
                        LocalSegment landing = reader.register("t", target, Access.LOCAL);
                        Batch batch = whole(reader, landing);
                        link.read(batch, LONG);
                        Thread.sleep(random.nextInt(10));
                        path.cutOne();
                        Thread.sleep(random.nextInt(5));
                        path.cutOne();
                        assertThat(batch.await(LONG)).isTrue();
                        assertThat(batch.outcome()).as(batch.reason()).isEqualTo(Outcome.OK);
                        assertThat(Content.mismatch(target, 0, SEED, 0, BYTES)).isEqualTo(-1);
                    }
                });
    }

    @Test
    void aPeerThatComesBackIsFoundAgain() throws Exception {
        try (Arena memory = Arena.ofShared();
                TcpTransport reader = reader(2)) {
            LocalSegment landing = reader.register("t", memory.allocate(BYTES), Access.LOCAL);
            TcpTransport first = owner(memory);
            InetSocketAddress address = first.boundAddresses().getFirst();
            PeerLink link = reader.connect(first.address());
            assertThat(link.awaitUp(LONG)).isTrue();
            first.close();
            Batch batch = whole(reader, landing);
            link.read(batch, LONG);
            assertThat(batch.await(LONG)).isTrue();
            assertThat(batch.outcome()).isIn(Outcome.UNREACHABLE, Outcome.PEER_LOST);
            try (TcpTransport second = ownerAt(memory, address)) {
                assertThat(second.boundAddresses()).containsExactly(address);
                assertThat(link.awaitUp(LONG)).isTrue();
                Batch again = whole(reader, landing);
                link.read(again, LONG);
                assertThat(again.await(LONG)).isTrue();
                assertThat(again.outcome()).as(again.reason()).isEqualTo(Outcome.OK);
            }
        }
    }

    @Test
    void allAddressesOfBothSidesCarry() throws Exception {
        InetAddress one = InetAddress.getByName("127.0.0.1");
        InetAddress two = InetAddress.getByName("127.0.0.2");
        TcpSettings twoDoors =
                TcpSettings.of(TestTransports.TOKEN)
                        .listeningOn(new InetSocketAddress(one, 0), new InetSocketAddress(two, 0));
        TcpSettings twoWays =
                TcpSettings.of(TestTransports.TOKEN)
                        .connectingFrom(Endpoints.localAddresses("127.0.0.3, 127.0.0.4"))
                        .withLanes(1);
        try (Arena memory = Arena.ofShared();
                TcpTransport owner = TcpTransport.start(twoDoors, TransportListener.NONE);
                TcpTransport reader = TcpTransport.start(twoWays, TransportListener.NONE)) {
            owner.register(NAME, filled(memory), Access.READ);
            LocalSegment landing = reader.register("t", memory.allocate(BYTES), Access.LOCAL);
            PeerLink link = reader.connect(owner.address());
            assertThat(link.awaitUp(LONG)).isTrue();
            Batch batch = whole(reader, landing);
            while (connectionsOf(reader) < 2) {
                Thread.sleep(1);
            }
            link.read(batch, LONG);
            assertThat(batch.await(LONG)).isTrue();
            assertThat(batch.outcome()).isEqualTo(Outcome.OK);
            assertThat(devices(reader)).containsExactly("127.0.0.3", "127.0.0.4");
            assertThat(devices(owner)).containsExactly("127.0.0.1", "127.0.0.2");
            assertThat(owner.counters()).allMatch(device -> device.servedBytes() > 0);
            assertThat(reader.counters()).allMatch(device -> device.readBytes() > 0);
            assertThat(reader.counters().stream().mapToLong(DeviceCounters::readBytes).sum())
                    .isEqualTo(BYTES);
        }
    }

    @Test
    void tooMuchAtOnceIsRefusedWhole() throws Exception {
        try (Arena memory = Arena.ofShared();
                TcpTransport owner = owner(memory);
                TcpPath path = new TcpPath(owner.address());
                TcpTransport reader =
                        TcpTransport.start(
                                TcpSettings.of(TestTransports.TOKEN)
                                        .withLanes(1)
                                        .withRequests(1 << 20, 1 << 20, 10),
                                TransportListener.NONE);
                PeerLink link = reader.connect(path.address())) {
            LocalSegment landing = reader.register("t", memory.allocate(BYTES), Access.LOCAL);
            assertThat(link.awaitUp(LONG)).isTrue();
            path.freeze();
            Batch running = whole(reader, landing);
            link.read(running, LONG);
            Batch refused = whole(reader, landing);
            link.read(refused, LONG);
            assertThat(refused.await(LONG)).isTrue();
            assertThat(refused.outcome()).isEqualTo(Outcome.OVERLOADED);
            path.thaw();
            assertThat(running.await(LONG)).isTrue();
            assertThat(running.outcome()).isEqualTo(Outcome.OK);
        }
    }

    @Test
    void everythingAtOnce() {
        Seeded.runs(2, LanesTest::mixesReadsWithCutsAndCancellations);
    }

    /** Under cuts, cancellations and short deadlines, what is said to be OK is right. */
    private static void mixesReadsWithCutsAndCancellations(Random random) throws Exception {
        try (Arena memory = Arena.ofShared();
                TcpTransport owner = owner(memory);
                TcpPath path = new TcpPath(owner.address());
                TcpTransport reader = reader(3);
                PeerLink link = reader.connect(path.address())) {
            assertThat(link.awaitUp(LONG)).isTrue();
            int share = BYTES / 32;
            MemorySegment target = memory.allocate(BYTES);
            LocalSegment landing = reader.register("t", target, Access.LOCAL);
            int right = 0;
            for (int round = 0; round < 30; round++) {
                List<Batch> batches = new ArrayList<>();
                for (int i = 0; i < 32; i++) {
                    Batch batch = reader.newBatch(1);
                    batch.add(NAME, (long) i * share, landing, (long) i * share, share);
                    boolean hasty = random.nextInt(8) == 0;
                    link.read(batch, hasty ? Duration.ofMillis(random.nextInt(5)) : LONG);
                    batches.add(batch);
                }
                batches.get(random.nextInt(32)).cancel();
                if (random.nextInt(4) == 0) {
                    path.cutOne();
                }
                for (int i = 0; i < 32; i++) {
                    Batch batch = batches.get(i);
                    assertThat(batch.await(LONG)).isTrue();
                    MemorySegment place = target.asSlice((long) i * share, share);
                    if (batch.outcome().isOk()) {
                        right++;
                        assertThat(Content.mismatch(place, 0, SEED, (long) i * share, share))
                                .isEqualTo(-1);
                    }
                    place.fill((byte) 0);
                }
            }
            assertThat(right).isPositive();
            assertThat(allZero(target)).isTrue();
        }
    }

    @Test
    void endpointsAreCheckedAtOnce() throws Exception {
        try (TcpTransport reader = reader(1)) {
            for (String wrong : List.of("host", "host:", ":1", "host:99999", "::1:80", "")) {
                PeerAddress address = new PeerAddress(TestTransports.TOKEN, List.of(wrong));
                assertThatThrownBy(() -> reader.connect(address))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("host:port");
            }
        }
        assertThat(Endpoints.resolve(List.of("[::1]:80", "127.0.0.1:1")))
                .map(Endpoints::format)
                .containsExactly("[0:0:0:0:0:0:0:1]:80", "127.0.0.1:1");
    }

    @Test
    void localAddressesAreAddressesOrDevices() throws Exception {
        assertThat(Endpoints.localAddresses("")).isEmpty();
        assertThat(Endpoints.localAddresses("lo").getFirst().isLoopbackAddress()).isTrue();
        assertThatThrownBy(() -> Endpoints.localAddresses("192.0.2.1"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("192.0.2.1");
    }

    @Test
    void aTakenPortNamesTheAddress() throws Exception {
        try (TcpTransport first = TestTransports.start()) {
            InetSocketAddress taken = first.boundAddresses().getFirst();
            assertThatThrownBy(() ->
                            TcpTransport.start(
                                    TestTransports.settings().listeningOn(taken),
                                    TransportListener.NONE))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(String.valueOf(taken.getPort()));
        }
    }

    private static TcpTransport reader(int lanes) throws IOException {
        return TcpTransport.start(
                TcpSettings.of(TestTransports.TOKEN).withLanes(lanes), TransportListener.NONE);
    }

    private static TcpTransport owner(Arena memory) throws IOException {
        return ownerAt(memory, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    private static TcpTransport ownerAt(Arena memory, InetSocketAddress address)
            throws IOException {
        TcpTransport owner =
                TcpTransport.start(
                        TestTransports.settings().listeningOn(address), TransportListener.NONE);
        owner.register(NAME, filled(memory), Access.READ);
        return owner;
    }

    private static MemorySegment filled(Arena memory) {
        MemorySegment owned = memory.allocate(BYTES);
        Content.fill(owned, SEED, 0, BYTES);
        return owned;
    }

    private static Batch whole(TcpTransport reader, LocalSegment landing) {
        return reader.newBatch(1).add(NAME, 0, landing, 0, BYTES);
    }

    private static long connectionsOf(TcpTransport transport) {
        return transport.counters().stream().mapToLong(DeviceCounters::connections).sum();
    }

    private static List<String> devices(TcpTransport transport) {
        return transport.counters().stream().map(DeviceCounters::device).toList();
    }

    private static boolean allZero(MemorySegment memory) {
        return memory.mismatch(Arena.ofAuto().allocate(memory.byteSize())) == -1;
    }
}
