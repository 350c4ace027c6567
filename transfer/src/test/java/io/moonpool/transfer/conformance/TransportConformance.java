// SPDX-License-Identifier: Apache-2.0
package io.moonpool.transfer.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.moonpool.transfer.harness.Content;
import io.moonpool.transfer.harness.Seeded;
import io.moonpool.transfer.spi.Access;
import io.moonpool.transfer.spi.Batch;
import io.moonpool.transfer.spi.CompletionQueue;
import io.moonpool.transfer.spi.DeviceCounters;
import io.moonpool.transfer.spi.LocalSegment;
import io.moonpool.transfer.spi.Outcome;
import io.moonpool.transfer.spi.PeerLink;
import io.moonpool.transfer.spi.Transport;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every transport must do. A transport's own test extends this and says how to start one. */
public abstract class TransportConformance {
    protected static final Duration LONG = Duration.ofSeconds(20);
    protected static final int OWNED_BYTES = 8 << 20;
    protected static final long SEED = 42;
    protected static final String OWNED = "arena/default";

    private static final byte CANARY = (byte) 0xA5;

    @TempDir private java.nio.file.Path directory;

    protected Arena memory;
    protected Transport owner;
    protected Transport reader;
    protected PeerLink link;
    protected MemorySegment owned;
    protected MemorySegment target;
    protected LocalSegment ownedSegment;
    protected LocalSegment targetSegment;

    /** A transport that others on this host can connect to. */
    protected abstract Transport start() throws IOException;

    /** A way to this transport that can be broken. */
    protected abstract Path pathTo(Transport transport) throws IOException;

    @BeforeEach
    void startBoth() throws Exception {
        memory = Arena.ofShared();
        owner = start();
        reader = start();
        owned = memory.allocate(OWNED_BYTES, 4096);
        target = memory.allocate(OWNED_BYTES, 4096);
        Content.fill(owned, SEED, 0, OWNED_BYTES);
        ownedSegment = owner.register(OWNED, owned, Access.READ);
        targetSegment = reader.register("target", target, Access.LOCAL);
        link = reader.connect(owner.address());
        assertThat(link.awaitUp(LONG)).isTrue();
    }

    @AfterEach
    void closeBoth() {
        reader.close();
        owner.close();
        memory.close();
    }

    @Test
    void readsScatteredPieces() {
        Seeded.runs(
                30,
                random -> {
                    Batch batch = reader.newBatch(300);
                    List<Piece> pieces = Piece.scattered(random, 1 + random.nextInt(300));
                    target.fill(CANARY);
                    run(batch, pieces);
                    assertThat(batch.outcome()).as(batch.reason()).isEqualTo(Outcome.OK);
                    Piece.assertLanded(pieces, target);
                    Piece.assertUntouchedBetween(pieces, target, CANARY);
                });
    }

    @Test
    void writesScatteredPieces() {
        LocalSegment writable = owner.register("writable", owned, Access.READ_WRITE);
        Content.fill(target, 7, 0, OWNED_BYTES);
        Seeded.runs(
                30,
                random -> {
                    Batch batch = reader.newBatch(300);
                    List<Piece> pieces = Piece.scattered(random, 1 + random.nextInt(300));
                    owned.fill(CANARY);
                    for (Piece piece : pieces) {
                        batch.add(
                                "writable",
                                piece.local(),
                                targetSegment,
                                piece.remote(),
                                piece.length());
                    }
                    link.write(batch, LONG);
                    assertThat(batch.await(LONG)).isTrue();
                    assertThat(batch.outcome()).as(batch.reason()).isEqualTo(Outcome.OK);
                    Piece.assertLanded(pieces, owned, 7);
                    Piece.assertUntouchedBetween(pieces, owned, CANARY);
                });
        writable.close();
    }

    @Test
    void reachesBeyondFourGibibytesOnBothSides() throws Exception {
        long bytes = (5L << 30) + 4096;
        long remote = (4L << 30) + 12_345;
        long local = (3L << 30) - 100_000;
        MemorySegment far = sparse("far", bytes);
        MemorySegment here = sparse("here", bytes);
        Content.fill(far, 3, remote, 1 << 20);
        Content.fill(far, 3, bytes - 5000, 5000);
        owner.register("far", far, Access.READ);
        LocalSegment hereSegment = reader.register("here", here, Access.LOCAL);
        Batch batch = reader.newBatch(2);
        batch.add("far", remote, hereSegment, local, 1 << 20);
        batch.add("far", bytes - 5000, hereSegment, bytes - 5000, 5000);
        link.read(batch, LONG);
        assertThat(batch.await(LONG)).isTrue();
        assertThat(batch.outcome()).as(batch.reason()).isEqualTo(Outcome.OK);
        assertThat(Content.mismatch(here, local, 3, remote, 1 << 20)).isEqualTo(-1);
        assertThat(Content.mismatch(here, bytes - 5000, 3, bytes - 5000, 5000)).isEqualTo(-1);
    }

    @Test
    void nothingIsReadInABatchOfNothing() throws Exception {
        Batch empty = reader.newBatch(1);
        link.read(empty, LONG);
        assertThat(empty.await(LONG)).isTrue();
        assertThat(empty.outcome()).isEqualTo(Outcome.OK);
        Batch zero = reader.newBatch(3);
        zero.add(OWNED, 0, targetSegment, 0, 0);
        zero.add(OWNED, OWNED_BYTES, targetSegment, OWNED_BYTES, 0);
        zero.add(OWNED, OWNED_BYTES + 1, targetSegment, 0, 0);
        link.read(zero, LONG);
        assertThat(zero.await(LONG)).isTrue();
        assertThat(zero.outcome(0)).isEqualTo(Outcome.OK);
        assertThat(zero.outcome(1)).isEqualTo(Outcome.OK);
        assertThat(zero.outcome(2)).isEqualTo(Outcome.OUT_OF_BOUNDS);
    }

    @Test
    void aPieceOutOfBoundsFailsAlone() throws Exception {
        Batch batch = reader.newBatch(5);
        batch.add(OWNED, 0, targetSegment, 0, 1000);
        batch.add(OWNED, OWNED_BYTES - 500, targetSegment, 1000, 501);
        batch.add(OWNED, Long.MAX_VALUE - 10, targetSegment, 2000, 1000);
        batch.add("none", 0, targetSegment, 3000, 1000);
        batch.add(OWNED, 4000, targetSegment, 4000, 1000);
        link.read(batch, LONG);
        assertThat(batch.await(LONG)).isTrue();
        assertThat(outcomes(batch))
                .containsExactly(
                        Outcome.OK,
                        Outcome.OUT_OF_BOUNDS,
                        Outcome.OUT_OF_BOUNDS,
                        Outcome.UNKNOWN_SEGMENT,
                        Outcome.OK);
        assertThat(batch.outcome()).isEqualTo(Outcome.OUT_OF_BOUNDS);
        assertThat(batch.reason()).isNotEmpty();
        assertThat(Content.mismatch(target, 0, SEED, 0, 1000)).isEqualTo(-1);
        assertThat(Content.mismatch(target, 4000, SEED, 4000, 1000)).isEqualTo(-1);
    }

    @Test
    void aWrittenPieceOutOfBoundsFailsAlone() throws Exception {
        owner.register("writable", owned, Access.READ_WRITE);
        Content.fill(target, 7, 0, OWNED_BYTES);
        Batch batch = reader.newBatch(4);
        batch.add("writable", 0, targetSegment, 0, 300_000);
        batch.add("writable", OWNED_BYTES - 9, targetSegment, 0, 300_000);
        batch.add("writable", 300_000, targetSegment, 300_000, 300_000);
        batch.add("none", 0, targetSegment, 0, 300_000);
        link.write(batch, LONG);
        assertThat(batch.await(LONG)).isTrue();
        assertThat(outcomes(batch))
                .containsExactly(
                        Outcome.OK, Outcome.OUT_OF_BOUNDS, Outcome.OK, Outcome.UNKNOWN_SEGMENT);
        assertThat(Content.mismatch(owned, 0, 7, 0, 600_000)).isEqualTo(-1);
        assertThat(Content.mismatch(owned, 600_000, SEED, 600_000, OWNED_BYTES - 600_000))
                .isEqualTo(-1);
    }

    @Test
    void accessIsWhatTheOwnerSaid() throws Exception {
        owner.register("private", owned, Access.LOCAL);
        assertThat(readOne("private", 0, 10).outcome()).isEqualTo(Outcome.UNKNOWN_SEGMENT);
        Batch write = reader.newBatch(1).add(OWNED, 0, targetSegment, 0, 100_000);
        link.write(write, LONG);
        assertThat(write.await(LONG)).isTrue();
        assertThat(write.outcome()).isEqualTo(Outcome.ACCESS_DENIED);
        assertThat(Content.mismatch(owned, 0, SEED, 0, OWNED_BYTES)).isEqualTo(-1);
    }

    @Test
    void misuseIsToldToTheCaller() {
        Batch batch = reader.newBatch(1);
        assertThatThrownBy(() -> batch.add(OWNED, 0, targetSegment, OWNED_BYTES - 9, 10))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> batch.add(OWNED, -1, targetSegment, 0, 10))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> batch.add(OWNED, 0, ownedSegment, 0, 10))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> reader.register("target", target, Access.LOCAL))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> reader.register("r", target.asReadOnly(), Access.READ_WRITE))
                .isInstanceOf(IllegalArgumentException.class);
        LocalSegment readOnly = reader.register("read-only", target.asReadOnly(), Access.READ);
        Batch intoReadOnly = reader.newBatch(1).add(OWNED, 0, readOnly, 0, 10);
        assertThatThrownBy(() -> link.read(intoReadOnly, LONG))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(batch::outcome).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aSegmentMayComeBackUnderItsName() throws Exception {
        ownedSegment.close();
        ownedSegment.close();
        assertThat(readOne(OWNED, 0, 10).outcome()).isEqualTo(Outcome.UNKNOWN_SEGMENT);
        owner.register(OWNED, owned.asSlice(4096, 100), Access.READ);
        assertThat(readOne(OWNED, 0, 101).outcome()).isEqualTo(Outcome.OUT_OF_BOUNDS);
        assertThat(readOne(OWNED, 0, 100).outcome()).isEqualTo(Outcome.OK);
        assertThat(Content.mismatch(target, 0, SEED, 4096, 100)).isEqualTo(-1);
    }

    @Test
    void nothingOfAClosedSegmentIsServed() {
        Seeded.runs(
                10,
                random -> {
                    Batch batch = wholeBatch();
                    link.read(batch, LONG);
                    pause(random);
                    ownedSegment.close();
                    owned.fill(CANARY);
                    assertThat(batch.await(LONG)).isTrue();
                    for (int i = 0; i < batch.pieces(); i++) {
                        long length = OWNED_BYTES / batch.pieces();
                        if (batch.outcome(i).isOk()) {
                            assertThat(
                                            Content.mismatch(
                                                    target, i * length, SEED, i * length, length))
                                    .isEqualTo(-1);
                        } else {
                            assertThat(batch.outcome(i))
                                    .isIn(Outcome.UNKNOWN_SEGMENT, Outcome.PEER_LOST);
                        }
                    }
                    Content.fill(owned, SEED, 0, OWNED_BYTES);
                    ownedSegment = owner.register(OWNED, owned, Access.READ);
                    assertThat(link.awaitUp(LONG)).isTrue();
                });
    }

    @Test
    void nothingLandsInAClosedSegment() {
        Seeded.runs(
                10,
                random -> {
                    Batch batch = wholeBatch();
                    link.read(batch, LONG);
                    pause(random);
                    targetSegment.close();
                    target.fill(CANARY);
                    assertThat(batch.await(LONG)).isTrue();
                    for (int i = 0; i < batch.pieces(); i++) {
                        assertThat(batch.outcome(i)).isIn(Outcome.OK, Outcome.LOCAL_SEGMENT_GONE);
                    }
                    assertThat(Piece.isFilled(target, CANARY)).isTrue();
                    targetSegment = reader.register("target", target, Access.LOCAL);
                });
    }

    @Test
    void aFrozenPeerMeansTheDeadlineAndNotOneByteMore() throws Exception {
        try (Path path = pathTo(owner);
                PeerLink frozen = reader.connect(path.address())) {
            assertThat(frozen.awaitUp(LONG)).isTrue();
            path.freeze();
            Batch batch = wholeBatch();
            frozen.read(batch, Duration.ofMillis(100));
            assertThat(batch.await(LONG)).isTrue();
            assertThat(batch.outcome()).isEqualTo(Outcome.TIMED_OUT);
            target.fill(CANARY);
            path.thaw();
            awaitReadable(frozen);
            assertThat(Piece.isFilledFrom(target, 64, CANARY)).isTrue();
        }
    }

    @Test
    void aCancelledBatchIsLetGo() throws Exception {
        try (Path path = pathTo(owner);
                PeerLink frozen = reader.connect(path.address())) {
            assertThat(frozen.awaitUp(LONG)).isTrue();
            path.freeze();
            Batch batch = wholeBatch();
            frozen.read(batch, LONG);
            batch.cancel();
            assertThat(batch.await(LONG)).isTrue();
            assertThat(batch.outcome()).isEqualTo(Outcome.CANCELLED);
            target.fill(CANARY);
            path.thaw();
            awaitReadable(frozen);
            assertThat(Piece.isFilledFrom(target, 64, CANARY)).isTrue();
        }
    }

    @Test
    void whatIsDoneIsNeverTouchedAgain() {
        Seeded.runs(
                20,
                random -> {
                    Batch batch = wholeBatch();
                    boolean byDeadline = random.nextBoolean();
                    link.read(
                            batch, byDeadline ? Duration.ofNanos(random.nextInt(3_000_000)) : LONG);
                    if (!byDeadline) {
                        pause(random);
                        batch.cancel();
                    }
                    assertThat(batch.await(LONG)).isTrue();
                    target.fill(CANARY);
                    awaitReadable(link);
                    assertThat(Piece.isFilledFrom(target, 64, CANARY)).isTrue();
                });
    }

    @Test
    void aCancelledWriteLeavesTheLinkUsable() {
        owner.register("writable", owned, Access.READ_WRITE);
        Seeded.runs(
                10,
                random -> {
                    Batch batch = reader.newBatch(1);
                    batch.add("writable", 0, targetSegment, 0, OWNED_BYTES);
                    link.write(batch, LONG);
                    pause(random);
                    batch.cancel();
                    assertThat(batch.await(LONG)).isTrue();
                    assertThat(batch.outcome()).isIn(Outcome.OK, Outcome.CANCELLED);
                    awaitReadable(link);
                });
    }

    @Test
    void aBatchSurvivesABrokenConnection() {
        Seeded.runs(
                5,
                random -> {
                    try (Path path = pathTo(owner);
                            PeerLink breaking = reader.connect(path.address())) {
                        awaitReadable(breaking);
                        target.fill(CANARY);
                        Batch batch = wholeBatch();
                        breaking.read(batch, LONG);
                        pause(random);
                        path.cut();
                        assertThat(batch.await(LONG)).isTrue();
                        assertThat(batch.outcome()).as(batch.reason()).isEqualTo(Outcome.OK);
                        assertThat(Content.mismatch(target, 0, SEED, 0, OWNED_BYTES)).isEqualTo(-1);
                    }
                });
    }

    @Test
    void aKilledPeerIsNoticedAtOnce() throws Exception {
        try (Path path = pathTo(owner);
                PeerLink dying = reader.connect(path.address())) {
            awaitReadable(dying);
            path.freeze();
            Batch batch = wholeBatch();
            dying.read(batch, Duration.ofHours(1));
            path.kill();
            assertThat(batch.await(LONG)).isTrue();
            assertThat(batch.outcome()).isIn(Outcome.UNREACHABLE, Outcome.PEER_LOST);
            assertThat(batch.reason()).isNotEmpty();
            assertThat(dying.trouble()).isPresent();
            assertThat(readOne(OWNED, 0, 10).outcome()).isEqualTo(Outcome.OK);
        }
    }

    @Test
    void nobodyThereMeansUnreachable() throws Exception {
        Transport gone = start();
        PeerLink nobody;
        try (gone) {
            nobody = reader.connect(gone.address());
        }
        Batch batch = reader.newBatch(1).add(OWNED, 0, targetSegment, 0, 10);
        nobody.read(batch, Duration.ofHours(1));
        assertThat(batch.await(LONG)).isTrue();
        assertThat(batch.outcome()).isIn(Outcome.UNREACHABLE, Outcome.PEER_LOST);
    }

    @Test
    void closingALinkEndsItsBatches() throws Exception {
        try (Path path = pathTo(owner)) {
            PeerLink closing = reader.connect(path.address());
            assertThat(closing.awaitUp(LONG)).isTrue();
            path.freeze();
            Batch running = wholeBatch();
            closing.read(running, Duration.ofHours(1));
            closing.close();
            closing.close();
            assertThat(running.await(LONG)).isTrue();
            assertThat(running.outcome()).isEqualTo(Outcome.CLOSED);
            Batch late = wholeBatch();
            closing.read(late, LONG);
            assertThat(late.await(LONG)).isTrue();
            assertThat(late.outcome()).isEqualTo(Outcome.CLOSED);
        }
    }

    @Test
    void closingATransportEndsItsThreads() throws Exception {
        List<Thread> before = List.copyOf(Thread.getAllStackTraces().keySet());
        Transport short0 = start();
        List<Thread> its = new ArrayList<>(Thread.getAllStackTraces().keySet());
        its.removeAll(before);
        its.removeIf(thread -> !thread.getName().contains("transfer"));
        assertThat(its).isNotEmpty();
        short0.close();
        short0.close();
        assertThat(its).noneMatch(Thread::isAlive);
    }

    @Test
    void manyBatchesAtOnceFromManyThreads() throws Exception {
        CompletionQueue completions = new CompletionQueue();
        Seeded.runs(
                3,
                random -> {
                    int batches = 40;
                    long share = OWNED_BYTES / batches;
                    List<List<Piece>> wanted = new ArrayList<>();
                    for (int i = 0; i < batches; i++) {
                        List<Piece> pieces = Piece.within(random, 20, i * share, share);
                        Batch batch = reader.newBatch(20, completions);
                        batch.attach(i);
                        wanted.add(pieces);
                        fill(batch, pieces);
                        Thread.ofVirtual().start(() -> link.read(batch, LONG));
                    }
                    for (int i = 0; i < batches; i++) {
                        Batch batch = completions.await(LONG);
                        assertThat(batch).isNotNull();
                        assertThat(batch.outcome()).as(batch.reason()).isEqualTo(Outcome.OK);
                        Piece.assertLanded(wanted.get((int) batch.attachment()), target);
                    }
                    assertThat(completions.poll()).isNull();
                });
    }

    @Test
    void aBatchIsUsedAgain() throws Exception {
        Batch batch = reader.newBatch(1);
        for (int i = 0; i < 200; i++) {
            batch.clear();
            batch.add(OWNED, i * 1000, targetSegment, 0, 1000);
            link.read(batch, LONG);
            assertThat(batch.await(LONG)).isTrue();
            assertThat(batch.outcome()).as(batch.reason()).isEqualTo(Outcome.OK);
            assertThat(Content.mismatch(target, 0, SEED, i * 1000, 1000)).isEqualTo(-1);
        }
    }

    @Test
    void bytesAreCounted() throws Exception {
        assertThat(readOne(OWNED, 0, 100_000).outcome()).isEqualTo(Outcome.OK);
        assertThat(reader.counters().stream().mapToLong(DeviceCounters::readBytes).sum())
                .isEqualTo(100_000);
        // The owner counts after its last system call, which may return after we have the bytes.
        long deadline = System.nanoTime() + LONG.toNanos();
        while (served() < 100_000 && System.nanoTime() < deadline) {
            Thread.sleep(1);
        }
        assertThat(served()).isEqualTo(100_000);
        assertThat(reader.counters().getFirst().transport()).isEqualTo(reader.name());
        assertThat(reader.capabilities()).isNotEmpty();
    }

    private long served() {
        return owner.counters().stream().mapToLong(DeviceCounters::servedBytes).sum();
    }

    protected final Batch readOne(String segment, long offset, long length) throws Exception {
        Batch batch = reader.newBatch(1).add(segment, offset, targetSegment, 0, length);
        link.read(batch, LONG);
        assertThat(batch.await(LONG)).isTrue();
        return batch;
    }

    /** The whole segment, in 64 pieces. */
    protected final Batch wholeBatch() {
        Batch batch = reader.newBatch(64);
        long length = OWNED_BYTES / 64;
        for (int i = 0; i < 64; i++) {
            batch.add(OWNED, i * length, targetSegment, i * length, length);
        }
        return batch;
    }

    /** Answers come in order: when this one is there, all earlier ones have been dealt with. */
    protected final void awaitReadable(PeerLink through) throws Exception {
        for (int i = 0; i < 1000; i++) {
            Batch batch = reader.newBatch(1).add(OWNED, 0, targetSegment, 0, 64);
            through.read(batch, LONG);
            assertThat(batch.await(LONG)).isTrue();
            if (batch.outcome().isOk()) {
                return;
            }
            Thread.sleep(5);
        }
        throw new AssertionError("the link does not come back: " + through.trouble());
    }

    private void run(Batch batch, List<Piece> pieces) throws Exception {
        fill(batch, pieces);
        link.read(batch, LONG);
        assertThat(batch.await(LONG)).isTrue();
    }

    private void fill(Batch batch, List<Piece> pieces) {
        for (Piece piece : pieces) {
            batch.add(OWNED, piece.remote(), targetSegment, piece.local(), piece.length());
        }
    }

    private static List<Outcome> outcomes(Batch batch) {
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < batch.pieces(); i++) {
            outcomes.add(batch.outcome(i));
        }
        return outcomes;
    }

    /** Up to about the time that a batch takes. */
    private static void pause(Random random) {
        long until = System.nanoTime() + random.nextInt(3_000_000);
        while (System.nanoTime() < until) {
            Thread.onSpinWait();
        }
    }

    private MemorySegment sparse(String name, long bytes) throws IOException {
        try (FileChannel file =
                FileChannel.open(
                        directory.resolve(name),
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.SPARSE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            return file.map(FileChannel.MapMode.READ_WRITE, 0, bytes, memory);
        }
    }
}
