// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Objects that are removed on purpose while engines hold them. */
class StoreRemovalTest {
    private static final int BLOCKS = 3;

    @TempDir Path directory;
    private final RecordingPool pool = new RecordingPool();
    private StoreRig rig;
    private TestClient client;

    @BeforeEach
    void open() throws Exception {
        rig = new StoreRig(StoreRig.config(directory, 4), new MemoryLedger(), pool);
        client = rig.attach(Requests.scheduler("engine-a"));
        client.save(1, 0, BLOCKS);
        pool.open = false;
    }

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void whoHoldsThemMayGoOnAndNobodyElseFindsThem() {
        TestClient.LookupAnswer held = client.lookupBlocks(1, 0, BLOCKS);
        long lease = client.lastJob;

        removeAll();

        assertThat(pool.listed).as("retracted at once").isEmpty();
        assertThat(held.entries())
                .hasSize(BLOCKS)
                .allMatch(client::shows)
                .allMatch(client::isRight);
        assertThat(client.lookupBlocks(1, 0, BLOCKS).hitTokens()).isZero();
        assertThat(leaving()).isEqualTo(BLOCKS);

        client.release(lease, 0);
        rig.settle();

        assertThat(leaving()).isZero();
        assertThat(rig.arena().pinnedBytes()).isZero();
        assertThat(rig.arena().objects()).isZero();
    }

    @Test
    void theyMayBeSavedAnewMeanwhile() {
        client.lookupBlocks(1, 0, BLOCKS);
        removeAll();
        assertThat(client.save(1, 0, BLOCKS)).isEqualTo(BLOCKS);
        assertThat(pool.listed).hasSize(BLOCKS);
        assertThat(client.lookupBlocks(1, 0, BLOCKS).entries()).allMatch(client::isRight);
    }

    private void removeAll() {
        PoolAccess access = rig.assembly.poolAccess;
        for (Listing.Run run : rig.await(access.list(0, 100)).runs()) {
            rig.await(access.remove(run.layout().digest(), run.epoch(), run.hashes()));
        }
    }

    private int leaving() {
        return rig.await(rig.assembly.poolAccess.leaving());
    }
}
