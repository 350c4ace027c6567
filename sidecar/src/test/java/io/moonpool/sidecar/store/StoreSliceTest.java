// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.proto.ring.IntendStatus;
import io.moonpool.proto.ring.LookupStatus;
import io.moonpool.proto.ring.MissReason;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each verb once, over real rings and real headers. */
class StoreSliceTest {

    @TempDir Path directory;
    private StoreRig rig;
    private TestClient client;

    @BeforeEach
    void open() throws Exception {
        rig = StoreRig.of(directory, 4);
        client = rig.attach(Requests.scheduler("engine-a"));
    }

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void missesWhatWasNeverStored() {
        TestClient.LookupAnswer answer = client.lookupBlocks(1, 0, 3);
        assertThat(answer.hitTokens()).isZero();
        assertThat(answer.status()).isEqualTo(LookupStatus.OK);
        assertThat(answer.reason()).isEqualTo(MissReason.NEVER_STORED);
        assertThat(answer.groups()).singleElement().isEqualTo(new int[] {0, 0, 0, 0});
    }

    @Test
    void grantsSlotsThatShowTheReservation() {
        TestClient.IntendAnswer answer = client.intendBlocks(1, 0, 3);
        assertThat(answer.status()).isEqualTo(IntendStatus.OK);
        assertThat(answer.granted()).isEqualTo(3);
        assertThat(answer.entries()).hasSize(3).allMatch(client::shows);
        assertThat(rig.arena().reservedBytes()).isEqualTo(3 * 8192);
        assertThat(client.lookupBlocks(1, 0, 3).reason()).isEqualTo(MissReason.IN_PROGRESS);
    }

    @Test
    void servesWhatWasCommittedAndVerifiesIt() {
        assertThat(client.save(1, 0, 3)).isEqualTo(3);
        TestClient.LookupAnswer answer = client.lookupBlocks(1, 0, 5);
        assertThat(answer.hitTokens()).isEqualTo(3 * Requests.BLOCK_TOKENS);
        assertThat(answer.reason()).isEqualTo(MissReason.NEVER_STORED);
        assertThat(answer.entries()).hasSize(3).allMatch(client::shows).allMatch(client::isRight);
        assertThat(client.mark(answer.cell())).containsExactly(3, 1);
        assertThat(rig.arena().pinnedBytes()).isEqualTo(3 * 8192);
        for (TestClient.Entry entry : answer.entries()) {
            assertThat(rig.store().headers.pinnedBy(entry.slot()))
                    .isEqualTo(1L << client.grant.engineIndex());
        }
    }

    @Test
    void unpinsWhatIsReleasedFromTheTail() {
        client.save(1, 0, 3);
        TestClient.LookupAnswer answer = client.lookupBlocks(1, 0, 3);
        long job = client.lastJob;
        client.release(job, 1);
        rig.settle();
        assertThat(rig.arena().pinnedBytes()).isEqualTo(8192);
        client.release(job, 0);
        client.release(job, 0);
        rig.settle();
        assertThat(rig.arena().pinnedBytes()).isZero();
        assertThat(answer.entries())
                .allMatch(entry -> rig.store().headers.pinnedBy(entry.slot()) == 0);
    }

    @Test
    void makesACorruptBlockAMissForEverybody() {
        client.save(1, 0, 3);
        TestClient.LookupAnswer before = client.lookupBlocks(1, 0, 3);
        client.release(client.lastJob, 0);
        client.flip(before.entries().get(1));
        TestClient.LookupAnswer after = client.lookupBlocks(1, 0, 3);
        assertThat(client.mark(after.cell())).containsExactly(1, 2);
        client.release(client.lastJob, 0);
        TestClient.LookupAnswer next = client.lookupBlocks(1, 0, 3);
        assertThat(next.hitTokens()).isEqualTo(Requests.BLOCK_TOKENS);
        assertThat(next.reason()).isEqualTo(MissReason.CORRUPT);
        assertThat(rig.metrics.get(StoreCount.BLOCKS_CORRUPT)).isEqualTo(1);
        assertThat(rig.arena().usedBytes()).isEqualTo(2 * 8192);
    }

    @Test
    void storesNoBlockTwice() {
        client.save(1, 0, 3);
        TestClient other = rig.attach(Requests.scheduler("engine-b"));
        TestClient.IntendAnswer answer = other.intendBlocks(1, 0, 4);
        assertThat(answer.verdicts()).containsExactly(1, 1, 1, 0);
        assertThat(client.intendBlocks(1, 3, 1).verdicts()).containsExactly(2);
    }

    @Test
    void forgetsEverythingAtAReset() {
        client.save(1, 0, 3);
        long job = client.reset();
        rig.settle();
        client.poll();
        assertThat(client.resets).containsEntry(job, 2L);
        assertThat(client.lookupBlocks(1, 0, 3).status()).isEqualTo(LookupStatus.STALE_EPOCH);
        client.epoch = 2;
        assertThat(client.lookupBlocks(1, 0, 3).hitTokens()).isZero();
        assertThat(rig.arena().usedBytes()).isZero();
        assertThat(rig.ledger.epoch(StoreRig.TENANT, Requests.digest(1))).isEqualTo(2);
    }

    @Test
    void answersNoResetThatIsNotDurable() {
        rig.ledger.failing = true;
        long job = client.reset();
        rig.settle();
        client.poll();
        assertThat(client.resets).isEmpty();
        rig.ledger.failing = false;
        long again = client.reset();
        rig.settle();
        client.poll();
        assertThat(client.resets)
                .containsOnlyKeys(again)
                .doesNotContainKey(job)
                .containsEntry(again, 2L);
    }

    @Test
    void dropsASaveThatWasInFlightAtAReset() {
        TestClient.IntendAnswer answer = client.intendBlocks(1, 0, 2);
        long save = client.lastJob;
        answer.entries().forEach(client::copyIn);
        client.reset();
        client.commit(save, TestClient.ones(2));
        rig.settle();
        client.poll();
        assertThat(client.committed).containsEntry(save, 0);
        assertThat(rig.arena().usedBytes()).isZero();
    }

    @Test
    void pongs() {
        client.ping(77);
        rig.settle();
        client.poll();
        assertThat(client.pongs).containsExactly(77L);
    }
}
