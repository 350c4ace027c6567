// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.proto.ring.MissReason;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blocks from another host's store: two real stores, and a copy in place of the network. */
class StoreStagingTest {

    @TempDir Path ownersDirectory;
    @TempDir Path readersDirectory;
    private final RecordingPool pool = new RecordingPool();
    private final RecordingPool ownersPool = new RecordingPool();
    private StoreRig owner;
    private StoreRig reader;
    private TestClient saver;
    private TestClient loader;

    @BeforeEach
    void open() throws Exception {
        owner = new StoreRig(StoreRig.config(ownersDirectory, 4), new MemoryLedger(), ownersPool);
        reader = new StoreRig(StoreRig.config(readersDirectory, 4), new MemoryLedger(), pool);
        saver = owner.attach(Requests.scheduler("engine-a"));
        loader = reader.attach(Requests.scheduler("engine-b"));
    }

    @AfterEach
    void close() {
        owner.close();
        reader.close();
    }

    @Test
    void aLookupWaitsForWhatAnotherHostHas() {
        saver.save(1, 0, 3);
        assertThat(loader.lookupBlocks(1, 0, 5)).as("no answer yet").isNull();
        assertThat(loader.staged).contains(loader.lastJob);

        bring(job(), 3, true);

        TestClient.LookupAnswer answer = loader.lookups.get(loader.lastJob);
        assertThat(answer.hitTokens()).isEqualTo(3 * Requests.BLOCK_TOKENS);
        assertThat(answer.entries()).hasSize(3).allMatch(loader::shows).allMatch(loader::isRight);
        assertThat(loader.mark(answer.cell())).containsExactly(3, 1);
        assertThat(reader.arena().reservedBytes()).isZero();
        assertThat(pool.listed).as("a second replica").hasSize(3);
    }

    @Test
    void nothingIsAskedWhereAllIsHereOrNobodyElseIs() {
        loader.save(1, 0, 3);
        assertThat(loader.lookupBlocks(1, 0, 3).hitTokens()).isPositive();
        pool.open = false;
        assertThat(loader.lookupBlocks(1, 0, 5).reason()).isEqualTo(MissReason.NEVER_STORED);
        assertThat(pool.jobs).isEmpty();
    }

    @Test
    void lookupsForTheSameBlocksShareOneJob() {
        saver.save(1, 0, 3);
        loader.lookupBlocks(1, 0, 3);
        TestClient other = reader.attach(Requests.scheduler("engine-c"));
        other.lookupBlocks(1, 0, 3);
        assertThat(pool.jobs).hasSize(1);

        bring(job(), 3, true);

        other.poll();
        assertThat(loader.lookups.get(loader.lastJob).hitTokens()).isPositive();
        assertThat(other.lookups.get(other.lastJob).hitTokens()).isPositive();
    }

    @Test
    void aPrefetchBringsThemBeforeAnybodyWaits() {
        saver.save(1, 0, 3);
        loader.keys(99, 0, 0, Requests.hashes(1, 0, 3));
        loader.lookup(99, 0, 3 * Requests.BLOCK_TOKENS, true);
        reader.settle();

        bring(job(), 3, true);

        assertThat(loader.lookupBlocks(1, 0, 3).hitTokens()).isEqualTo(3 * Requests.BLOCK_TOKENS);
        assertThat(pool.jobs).hasSize(1);
    }

    @Test
    void bytesThatAreNotTheOwnersAreAMiss() {
        saver.save(1, 0, 3);
        loader.lookupBlocks(1, 0, 3);

        bring(job(), 3, false);

        assertThat(loader.lookups.get(loader.lastJob).hitTokens()).isZero();
        assertThat(reader.arena().reservedBytes()).isZero();
        assertThat(pool.listed).as("those behind it were sound").hasSize(2);
    }

    @Test
    void aSlotThatTheOwnerUsedAgainIsAMiss() {
        saver.save(1, 0, 1);
        loader.lookupBlocks(1, 0, 1);
        Description before = describe(job());
        fillAnew();

        StageGrant grant = reserve(job(), 1);
        copy(before, grant);
        commit(grant, before);

        assertThat(loader.lookups.get(loader.lastJob).hitTokens()).isZero();
        assertThat(reader.arena().objects()).isZero();
    }

    /** The arena is emptied, and other blocks take every place in it. */
    private void fillAnew() {
        long job = saver.reset();
        owner.settle();
        saver.poll();
        saver.epoch = saver.resets.get(job);
        for (int prompt = 100; prompt < 164; prompt++) {
            saver.save(prompt, 0, 8);
        }
    }

    @Test
    void whoTakesTooLongIsNotWaitedFor() throws InterruptedException {
        loader.lookupBlocks(1, 0, 3);
        long end = System.nanoTime() + 20 * Staging.FIND_NANOS;
        while (loader.lookups.get(loader.lastJob) == null && System.nanoTime() < end) {
            Thread.sleep(5);
            reader.settle();
            loader.poll();
        }
        assertThat(loader.lookups.get(loader.lastJob).hitTokens()).isZero();

        loader.lookupBlocks(1, 0, 3);
        assertThat(pool.jobs).as("not asked again at once").hasSize(1);
    }

    @Test
    void whatComesLateIsForTheNext() {
        saver.save(1, 0, 3);
        loader.lookupBlocks(1, 0, 3);
        long cancelled = loader.lastJob;
        loader.cancel(cancelled);
        reader.settle();

        bring(job(), 3, true);

        assertThat(loader.lookups).doesNotContainKey(cancelled);
        assertThat(loader.lookupBlocks(1, 0, 3).hitTokens()).isPositive();
        loader.release(loader.lastJob, 0);
        reader.settle();
        assertThat(reader.arena().pinnedBytes()).isZero();
    }

    @Test
    void aResetMeanwhileLetsNothingIn() {
        saver.save(1, 0, 3);
        loader.lookupBlocks(1, 0, 3);
        Description described = describe(job());
        StageGrant grant = reserve(job(), 3);
        copy(described, grant);
        loader.reset();
        reader.settle();

        commit(grant, described);

        assertThat(reader.arena().objects()).isZero();
        assertThat(reader.arena().reservedBytes()).isZero();
        assertThat(pool.floors).isNotEmpty();
    }

    @Test
    void aFloorOfAnotherHostEndsWhatIsBelowIt() {
        loader.save(1, 0, 3);
        reader.await(
                reader.assembly.poolAccess.raiseFloor(
                        StoreRig.TENANT, Requests.digest(1), loader.epoch + 3));
        reader.settle();
        assertThat(reader.arena().objects()).isZero();
        assertThat(pool.listed).isEmpty();
        assertThat(reader.snapshot().namespaces().getFirst().epoch()).isEqualTo(loader.epoch + 3);
    }

    @Test
    void aKilledSidecarLeavesNoSlotBehind() throws Exception {
        saver.save(1, 0, 3);
        loader.lookupBlocks(1, 0, 3);
        assertThat(reserve(job(), 3).objects()).hasSize(3);
        reader.close();
        reader = new StoreRig(reader.config, reader.ledger, pool);
        assertThat(reader.arena().usedBytes()).isZero();
        assertThat(reader.arena().quarantinedBytes()).isZero();
    }

    @Test
    void theInventoryIsAnnouncedAsFarAsThereIsRoom() {
        saver.save(1, 0, 3);
        ownersPool.listed.clear();
        ownersPool.room = 0;
        var announced = owner.assembly.poolAccess.announce();
        owner.turn();
        owner.turn();
        assertThat(announced).isNotDone();
        ownersPool.room = 100;
        owner.await(announced);
        assertThat(ownersPool.listed).hasSize(3);
    }

    private StagingJob job() {
        return pool.jobs.getLast();
    }

    /** What a network would do for the first blocks of a job. */
    private void bring(StagingJob job, int blocks, boolean sound) {
        Description described = describe(job);
        StageGrant grant = reserve(job, blocks);
        copy(described, grant);
        if (!sound) {
            MemorySegment arena = reader.assembly.poolAccess.arena(grant.arena());
            long at = grant.objects().getFirst().slots().getFirst().arenaOffset();
            arena.set(ValueLayout.JAVA_BYTE, at, (byte) (arena.get(ValueLayout.JAVA_BYTE, at) ^ 1));
        }
        commit(grant, described);
    }

    private Description describe(StagingJob job) {
        StagingJob.Ask ask = job.groups().getFirst();
        return owner.await(
                owner.assembly.poolAccess.describe(
                        ask.layout().digest(), job.epoch(), ask.hashes()));
    }

    private StageGrant reserve(StagingJob job, int blocks) {
        return reader.await(
                reader.assembly.poolAccess.reserve(job, 0, IntStream.range(0, blocks).toArray()));
    }

    private void copy(Description described, StageGrant grant) {
        ByteBuffer slots = ByteBuffer.wrap(described.slots()).order(ByteOrder.LITTLE_ENDIAN);
        MemorySegment from = owner.assembly.poolAccess.arena(described.arena());
        MemorySegment to = reader.assembly.poolAccess.arena(grant.arena());
        for (StageGrant.Target target : grant.objects()) {
            for (StageGrant.SlotPlace place : target.slots()) {
                long offset = slots.getLong();
                assertThat(slots.getLong()).isEqualTo(place.payloadBytes());
                slots.getLong();
                slots.getLong();
                MemorySegment.copy(from, offset, to, place.arenaOffset(), place.payloadBytes());
            }
        }
    }

    /** As the pool's threads judge: under the owner's checksum, then under ours. */
    private void commit(StageGrant grant, Description described) {
        ByteBuffer slots = ByteBuffer.wrap(described.slots()).order(ByteOrder.LITTLE_ENDIAN);
        LandedChecksums checksums = reader.assembly.poolAccess.checksums();
        boolean[] good = new boolean[grant.objects().size()];
        Arrays.fill(good, true);
        int[] crcs = new int[grant.objects().stream().mapToInt(o -> o.slots().size()).sum()];
        int next = 0;
        for (int i = 0; i < good.length; i++) {
            for (StageGrant.SlotPlace place : grant.objects().get(i).slots()) {
                slots.getLong();
                slots.getLong();
                long generation = slots.getLong();
                int crc = slots.getInt();
                slots.getInt();
                int payload = checksums.payload(grant.arena(), place);
                good[i] &= checksums.isOwners(grant.arena(), place, generation, crc, payload);
                crcs[next++] = checksums.ours(grant.arena(), place, payload);
            }
        }
        reader.await(reader.assembly.poolAccess.commit(grant, good, crcs));
        reader.assembly.poolAccess.done(grant.job());
        reader.settle();
        loader.poll();
    }
}
