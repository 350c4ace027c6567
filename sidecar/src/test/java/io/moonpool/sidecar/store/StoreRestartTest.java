// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.moonpool.shm.headers.HeaderTable;
import io.moonpool.shm.layout.SlotHeaderDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The sidecar dies between any two stores of a reserve, a commit or a free; the next one finds the
 * right thing.
 */
class StoreRestartTest {

    private static final int SHARDS = 2;

    @TempDir Path directory;
    private StoreRig rig;
    private TestClient client;
    private final SessionRequest request =
            Requests.of(
                    "engine-a",
                    SessionRole.SCHEDULER,
                    StoreRig.TENANT,
                    1,
                    List.of(Requests.full(0, SHARDS, Requests.SLOT_BYTES)));

    @BeforeEach
    void open() throws Exception {
        rig = StoreRig.of(directory, 2);
        client = rig.attach(request);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private void restart() throws Exception {
        rig.close();
        rig = new StoreRig(rig.config, rig.ledger);
    }

    private void clientDies() {
        rig.await(rig.control().orphanDead(client.grant.sessionId()));
        rig.settle();
    }

    private HeaderTable headers() {
        return rig.store().headers;
    }

    @Test
    void adoptsWhatIsCommittedAndServesIt() throws Exception {
        client.save(1, 0, 3);
        restart();
        assertThat(rig.adopted).isTrue();
        assertThat(rig.parts.files().bootCount()).isEqualTo(2);
        clientDies();
        TestClient next = rig.attach(request);
        TestClient.LookupAnswer answer = next.lookupBlocks(1, 0, 3);
        assertThat(answer.hitTokens()).isEqualTo(3 * Requests.BLOCK_TOKENS);
        assertThat(answer.entries()).hasSize(6).allMatch(next::isRight);
        assertThat(next.mark(answer.cell())).containsExactly(6, 1);
        StoreChecks.check(rig);
    }

    @Test
    void keepsAGrantedSlotUntilItsWriterIsDead() throws Exception {
        TestClient.IntendAnswer answer = client.intendBlocks(1, 0, 2);
        restart();
        assertThat(answer.entries())
                .allMatch(entry -> headers().word(entry.slot()) == entry.word());
        assertThat(rig.arena().quarantinedBytes()).isEqualTo(2 * SHARDS * 8192);
        clientDies();
        assertThat(rig.arena().usedBytes()).isZero();
        assertThat(answer.entries())
                .allMatch(entry -> headers().generation(entry.slot()) > entry.word() >>> 8)
                .allMatch(entry -> headers().state(entry.slot()) == SlotHeaderDescriptor.FREE);
    }

    @Test
    void keepsALeasedBlockUntilItsReaderIsBack() throws Exception {
        client.save(1, 0, 2);
        TestClient.LookupAnswer leased = client.lookupBlocks(1, 0, 2);
        long job = client.lastJob;
        restart();
        assertThat(rig.arena().quarantinedBytes()).isEqualTo(2 * SHARDS * 8192);
        ListedLease listed = new ListedLease(job, TestClient.raw(leased.entries()));
        TestClient next =
                rig.attach(Requests.again(request, client.grant.sessionId(), List.of(listed)));
        assertThat(next.grant.lostJobIds()).isEmpty();
        assertThat(next.grant.engineIndex()).isEqualTo(client.grant.engineIndex());
        assertThat(rig.arena().quarantinedBytes()).isZero();
        assertThat(rig.arena().pinnedBytes()).isEqualTo(2 * SHARDS * 8192);
        next.release(job, 0);
        rig.settle();
        assertThat(rig.arena().pinnedBytes()).isZero();
        StoreChecks.check(rig);
    }

    @Test
    void waitsForEveryProcessOfAnEngine() throws Exception {
        SessionRequest workerRequest =
                Requests.of("engine-a", SessionRole.WORKER, StoreRig.TENANT, 1, request.groups());
        TestClient worker = rig.attach(workerRequest);
        TestClient.IntendAnswer answer = client.intendBlocks(1, 0, 1);
        restart();
        clientDies();
        assertThat(answer.entries())
                .allMatch(entry -> headers().word(entry.slot()) == entry.word());
        rig.attach(Requests.again(workerRequest, worker.grant.sessionId(), List.of()));
        rig.settle();
        assertThat(answer.entries())
                .noneMatch(entry -> headers().word(entry.slot()) == entry.word());
        assertThat(rig.arena().usedBytes()).isZero();
    }

    @Test
    void freesAReservationWhoseWordWasNotPublished() throws Exception {
        TestClient.IntendAnswer answer = client.intendBlocks(1, 0, 1);
        // Body and pin are stored, the word is not: the same slot, free, with a pin.
        int slot = answer.entries().get(0).slot();
        long generation = headers().generation(slot);
        headers().free(slot, generation);
        headers().pinnedBy(slot, 1L << client.grant.engineIndex());
        restart();
        assertThat(headers().pinnedBy(slot)).isZero();
        clientDies();
        assertThat(rig.arena().usedBytes()).isZero();
        StoreChecks.check(rig);
    }

    @Test
    void dropsAnObjectOfWhichOneShardWasCommitted() throws Exception {
        TestClient.IntendAnswer answer = client.intendBlocks(1, 0, 1);
        answer.entries().forEach(client::copyIn);
        headers().commit(answer.entries().get(0).slot(), 0);
        restart();
        // Its writer may still be copying into the other shard.
        assertThat(rig.arena().quarantinedBytes()).isEqualTo(SHARDS * 8192);
        clientDies();
        assertThat(rig.arena().usedBytes()).isZero();
        assertThat(rig.attach(request).lookupBlocks(1, 0, 1).hitTokens()).isZero();
        StoreChecks.check(rig);
    }

    @Test
    void adoptsAnObjectWhoseShardsAreCommittedButStillPinned() throws Exception {
        client.save(1, 0, 1);
        TestClient.LookupAnswer answer = client.lookupBlocks(1, 0, 1);
        client.release(client.lastJob, 0);
        rig.settle();
        headers().pinnedBy(answer.entries().get(1).slot(), 1L << client.grant.engineIndex());
        restart();
        assertThat(rig.arena().quarantinedBytes()).isEqualTo(SHARDS * 8192);
        TestClient next = rig.attach(Requests.again(request, client.grant.sessionId(), List.of()));
        assertThat(next.lookupBlocks(1, 0, 1).hitTokens()).isEqualTo(Requests.BLOCK_TOKENS);
    }

    @Test
    void finishesAFreeThatStoppedHalfWay() throws Exception {
        client.save(1, 0, 1);
        TestClient.LookupAnswer answer = client.lookupBlocks(1, 0, 1);
        int slot = answer.entries().get(0).slot();
        headers().free(slot, headers().generation(slot) + 1);
        headers().pinnedBy(slot, 1L << client.grant.engineIndex());
        restart();
        clientDies();
        assertThat(rig.arena().usedBytes()).isZero();
        StoreChecks.check(rig);
    }

    @Test
    void neverRepeatsAGeneration() throws Exception {
        TestClient.Entry first = client.intendBlocks(1, 0, 1).entries().get(0);
        restart();
        clientDies();
        TestClient next = rig.attach(request);
        TestClient.Entry second = next.intendBlocks(2, 0, 1).entries().get(0);
        assertThat(second.slot()).isEqualTo(first.slot());
        assertThat(second.word() >>> 8).isGreaterThan(first.word() >>> 8);
        assertThat(second.word() >>> (8 + SlotHeaderDescriptor.GENERATION_COUNTER_BITS))
                .isEqualTo(2);
    }

    @Test
    void forgetsWhatIsBelowTheFloorOfTheLedger() throws Exception {
        client.save(1, 0, 2);
        rig.ledger.raise(StoreRig.TENANT, Requests.digest(1), 5);
        restart();
        clientDies();
        assertThat(rig.arena().usedBytes()).isZero();
        assertThat(rig.attach(request).grant.epoch()).isEqualTo(5);
    }

    @Test
    void raisesTheEpochFirstForAClientWithAPendingReset() throws Exception {
        client.save(1, 0, 2);
        restart();
        SessionRequest again = Requests.again(request, client.grant.sessionId(), List.of());
        SessionRequest pending =
                new SessionRequest(
                        again.engineId(),
                        again.role(),
                        0,
                        1,
                        1,
                        again.tenant(),
                        again.namespace(),
                        again.groups(),
                        again.hashVector(),
                        false,
                        again.previousSessionId(),
                        List.of(),
                        1,
                        true);
        TestClient next = rig.attach(pending);
        assertThat(next.grant.epoch()).isEqualTo(2);
        assertThat(next.lookupBlocks(1, 0, 2).hitTokens()).isZero();
        rig.settle();
        assertThat(rig.arena().usedBytes()).isZero();
    }

    @Test
    void startsCleanWithOtherSlabsAndSaysSo() throws Exception {
        client.save(1, 0, 2);
        rig.close();
        rig = new StoreRig(StoreRig.config(directory, 3), rig.ledger);
        assertThat(rig.adopted).isFalse();
        assertThat(rig.notes).singleElement().asString().contains("have changed");
        assertThat(rig.arena().usedBytes()).isZero();
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.filter(file -> file.getFileName().toString().startsWith("session-")))
                    .isEmpty();
        }
    }

    @Test
    void refusesADirectoryThatIsInUse() {
        assertThatThrownBy(() -> new StoreRig(rig.config, rig.ledger))
                .isInstanceOf(StoreRefusal.class)
                .hasMessageContaining("another sidecar uses it");
    }
}
