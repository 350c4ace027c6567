// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.proto.ring.MissReason;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes when the arena is full, what never does, and how far budgets reach. */
class StoreEvictionTest {

    /** Slots of 8192 bytes in a slab. */
    private static final int SLOTS = (int) (StoreRig.SLAB_BYTES / 8192);

    @TempDir Path directory;
    private StoreRig rig;

    @AfterEach
    void close() {
        rig.close();
    }

    private TestClient open(int slabs) throws Exception {
        rig = StoreRig.of(directory, slabs);
        return rig.attach(Requests.scheduler("engine-a"));
    }

    private static void fill(TestClient client, int prompt, int blocks) {
        for (int first = 0; first < blocks; first += 16) {
            client.save(prompt, first, Math.min(16, blocks - first));
        }
    }

    @Test
    void evictsTheTailOfTheColdestPrefix() throws Exception {
        TestClient client = open(1);
        fill(client, 1, SLOTS / 2);
        fill(client, 2, SLOTS / 2);
        fill(client, 3, 16);
        assertThat(client.evicted).hasSize(16);
        assertThat(client.lookupBlocks(1, 0, SLOTS / 2).hitTokens())
                .isEqualTo((SLOTS / 2 - 16) * Requests.BLOCK_TOKENS);
        assertThat(client.lookups.get(client.lastJob).reason()).isEqualTo(MissReason.EVICTED);
        assertThat(client.lookupBlocks(2, 0, SLOTS / 2).hitTokens())
                .isEqualTo(SLOTS / 2 * Requests.BLOCK_TOKENS);
        StoreChecks.check(rig);
    }

    @Test
    void evictsWhenThereAreAsManyObjectsAsSlots() throws Exception {
        rig = StoreRig.of(directory, 1);
        List<GroupSpec> smallest = List.of(Requests.full(0, 1, 4096));
        TestClient client =
                rig.attach(Requests.of("a", SessionRole.SCHEDULER, StoreRig.TENANT, 1, smallest));
        fill(client, 1, 2 * SLOTS);
        assertThat(rig.arena().usedBytes()).isEqualTo(StoreRig.SLAB_BYTES);
        assertThat(client.save(2, 0, 16)).isEqualTo(16);
        assertThat(client.evicted).hasSize(16);
    }

    @Test
    void raisesAPrefixWithTheBlocksBehindIt() throws Exception {
        TestClient client = open(1);
        fill(client, 1, SLOTS / 2);
        fill(client, 2, SLOTS / 2);
        // The engine has the first blocks itself: only the others are asked for.
        client.lookupBlocks(1, SLOTS / 4, SLOTS / 4);
        client.release(client.lastJob, 0);
        fill(client, 3, 16);
        assertThat(client.lookupBlocks(1, 0, SLOTS / 2).hitTokens())
                .isEqualTo(SLOTS / 2 * Requests.BLOCK_TOKENS);
    }

    @Test
    void neverEvictsWhatIsLeasedOrGranted() throws Exception {
        TestClient client = open(1);
        fill(client, 1, SLOTS - 8);
        TestClient.LookupAnswer leased = client.lookupBlocks(1, 0, SLOTS - 8);
        TestClient.IntendAnswer granted = client.intendBlocks(2, 0, 8);
        assertThat(granted.granted()).isEqualTo(8);
        assertThat(client.intendBlocks(3, 0, 2).verdicts()).containsExactly(3, 3);
        assertThat(leased.entries()).allMatch(client::shows);
        assertThat(granted.entries()).allMatch(client::shows);
    }

    @Test
    void neverEvictsAParentForItsChild() throws Exception {
        TestClient client = open(1);
        fill(client, 1, SLOTS);
        assertThat(client.intendBlocks(1, SLOTS, 4).verdicts()).containsOnly(3);
        assertThat(client.lookupBlocks(1, 0, SLOTS).hitTokens())
                .isEqualTo(SLOTS * Requests.BLOCK_TOKENS);
    }

    @Test
    void reassignsTheSlabOfAColderSize() throws Exception {
        TestClient client = open(2);
        fill(client, 1, 2 * SLOTS);
        TestClient large =
                rig.attach(
                        Requests.of(
                                "engine-b",
                                SessionRole.SCHEDULER,
                                StoreRig.TENANT,
                                2,
                                List.of(Requests.full(0, 1, 200_000))));
        int granted = 0;
        for (int i = 0; i < 20 && granted == 0; i++) {
            granted = large.save(1, 0, 1);
        }
        assertThat(granted).isEqualTo(1);
        assertThat(rig.metrics.get(StoreCount.SLABS_REASSIGNED)).isEqualTo(1);
        StoreChecks.check(rig);
    }

    @Test
    void cutsAGrantToTheBudget() throws Exception {
        StoreConfig config =
                StoreRig.config(directory, List.of(new ArenaSpec(StoreRig.TENANT, 1 << 20)), 0.25);
        rig = new StoreRig(config, new MemoryLedger());
        TestClient client = rig.attach(Requests.scheduler("engine-a"));
        fill(client, 1, 64);
        TestClient.LookupAnswer answer = client.lookupBlocks(1, 0, 64);
        assertThat(answer.hitTokens()).isEqualTo(SLOTS / 4 * Requests.BLOCK_TOKENS);
        assertThat(answer.reason()).isEqualTo(MissReason.OVER_BUDGET);
        assertThat(client.lookupBlocks(1, 0, 64).hitTokens())
                .as("what it has pinned costs nothing")
                .isEqualTo(SLOTS / 4 * Requests.BLOCK_TOKENS);
        assertThat(client.intendBlocks(2, 0, 64).granted()).isEqualTo(SLOTS / 4);
    }

    @Test
    void keepsTenantsApart() throws Exception {
        StoreConfig config =
                StoreRig.config(
                        directory,
                        List.of(new ArenaSpec("one", 1 << 20), new ArenaSpec("two", 1 << 20)),
                        1.0);
        rig = new StoreRig(config, new MemoryLedger());
        List<GroupSpec> groups = Requests.scheduler("x").groups();
        TestClient one = rig.attach(Requests.of("a", SessionRole.SCHEDULER, "one", 1, groups));
        TestClient two = rig.attach(Requests.of("a", SessionRole.SCHEDULER, "two", 1, groups));
        assertThat(one.save(1, 0, 3)).isEqualTo(3);
        assertThat(two.lookupBlocks(1, 0, 3).hitTokens()).isZero();
        assertThat(two.save(1, 0, 3)).isEqualTo(3);
        assertThat(one.grant.files().get(2).file().id())
                .isNotEqualTo(two.grant.files().get(2).file().id());
    }

    @Test
    void servesTheLongestBoundaryThatAWindowAllows() throws Exception {
        rig = StoreRig.of(directory, 4);
        List<GroupSpec> groups = List.of(Requests.full(0, 1, 5000), Requests.window(1, 2, 3000));
        TestClient client =
                rig.attach(Requests.of("a", SessionRole.SCHEDULER, StoreRig.TENANT, 1, groups));
        client.save(1, 0, 10);
        saveWindow(client, 3, 3);
        saveWindow(client, 9, 1);
        long job = ++client.lastJob;
        client.keys(job, 0, 0, Requests.hashes(1, 0, 10));
        client.keys(job, 1, 0, Requests.hashes(1, 0, 10));
        client.lookup(job, 0, 10 * Requests.BLOCK_TOKENS, false);
        rig.settle();
        client.poll();
        TestClient.LookupAnswer answer = client.lookups.get(job);
        assertThat(answer.hitTokens()).isEqualTo(6 * Requests.BLOCK_TOKENS);
        assertThat(answer.reason()).isEqualTo(MissReason.WINDOW);
        assertThat(answer.groups().get(0)).containsExactly(0, 0, 6, 10);
        assertThat(answer.groups().get(1)).containsExactly(1, 4, 2, 4);
        assertThat(answer.entries()).hasSize(8).allMatch(client::isRight);
    }

    private void saveWindow(TestClient client, int first, int count) {
        long job = client.intend(1, first, null, Requests.hashes(1, first, count));
        rig.settle();
        client.poll();
        client.intends.get(job).entries().forEach(client::copyIn);
        client.commit(job, TestClient.ones(count));
        rig.settle();
        client.poll();
    }
}
