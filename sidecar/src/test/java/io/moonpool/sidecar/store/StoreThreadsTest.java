// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.shm.layout.DoorbellDescriptor;
import io.moonpool.shm.layout.SessionFileDescriptor;
import io.moonpool.shm.ring.Doorbell;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The threads around the agent: it wakes, answers, beats and stops. */
class StoreThreadsTest {

    @TempDir Path directory;

    @Test
    void wakesAnswersBeatsAndStops() throws Exception {
        try (Store store =
                Store.open(
                        StoreRig.config(directory, 2),
                        new MemoryLedger(),
                        new StoreMetrics(),
                        PoolPort.NONE)) {
            store.start();
            SessionRequest request = Requests.scheduler("engine-a");
            SessionGrant grant = store.control().open(request).get(10, TimeUnit.SECONDS);
            store.control().activate(grant.sessionId()).get(10, TimeUnit.SECONDS);
            assertThat(store.report().verifyBytesPerSecond()).isPositive();
            TestClient client = new TestClient(null, request, grant);
            Doorbell doorbell =
                    Doorbell.tagged(
                            grant.files().get(3).file().map(),
                            DoorbellDescriptor.VALUE_OFFSET,
                            grant.doorbellTag());
            Doorbell completions =
                    Doorbell.counting(
                            client.file, SessionFileDescriptor.COMPLETION_DOORBELL_OFFSET);
            long beat =
                    client.file.get(ValueLayout.JAVA_LONG, SessionFileDescriptor.HEARTBEAT_OFFSET);
            for (int i = 0; i < 20; i++) {
                client.ping(i);
                doorbell.ring();
                while (client.pongs.size() <= i) {
                    int value = completions.read();
                    client.poll();
                    if (client.pongs.size() <= i) {
                        completions.await(value, TimeUnit.SECONDS.toNanos(1));
                    }
                }
                TimeUnit.MILLISECONDS.sleep(10);
            }
            assertThat(
                            client.file.get(
                                    ValueLayout.JAVA_LONG, SessionFileDescriptor.HEARTBEAT_OFFSET))
                    .isGreaterThan(beat);
            store.control().shutdown().get(10, TimeUnit.SECONDS);
            store.stopped().get(10, TimeUnit.SECONDS);
        }
    }
}
