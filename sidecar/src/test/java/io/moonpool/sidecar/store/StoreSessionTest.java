// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.moonpool.proto.ring.ClosingReason;
import io.moonpool.proto.ring.LookupStatus;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deaths, lies and bounds: what one session does never touches another. */
class StoreSessionTest {

    @TempDir Path directory;
    private StoreRig rig;
    private TestClient client;

    @BeforeEach
    void open() throws Exception {
        rig = StoreRig.of(directory, 2);
        client = rig.attach(Requests.scheduler("engine-a"));
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private void end(TestClient ended, EndReason reason) {
        rig.await(rig.control().end(ended.grant.sessionId(), reason));
        rig.settle();
    }

    @Test
    void freesWhatADeadEngineHeld() {
        client.save(1, 0, 2);
        client.lookupBlocks(1, 0, 2);
        client.intendBlocks(2, 0, 2);
        end(client, EndReason.DEAD);
        assertThat(rig.arena().pinnedBytes()).isZero();
        assertThat(rig.arena().reservedBytes()).isZero();
        assertThat(rig.arena().usedBytes()).isEqualTo(2 * 8192);
        assertThat(rig.snapshot().sessions()).isEmpty();
        assertThat(Files.exists(client.grant.sessionFile())).isFalse();
        StoreChecks.check(rig);
    }

    @Test
    void freesNothingWhileAWorkerOfTheEngineLives() {
        TestClient worker = rig.attach(Requests.worker("engine-a"));
        TestClient.IntendAnswer answer = client.intendBlocks(1, 0, 2);
        end(client, EndReason.DEAD);
        assertThat(answer.entries()).allMatch(client::shows);
        TestClient again = rig.attach(Requests.scheduler("engine-a"));
        assertThat(again.grant.engineIndex()).isEqualTo(client.grant.engineIndex());
        assertThat(answer.entries()).allMatch(client::shows);
        end(worker, EndReason.DEAD);
        assertThat(rig.arena().reservedBytes()).isZero();
    }

    @Test
    void letsTheNextSessionAbortWhatItsPredecessorWasGranted() {
        rig.attach(Requests.worker("engine-a"));
        client.intendBlocks(1, 0, 2);
        SessionRequest again =
                Requests.again(Requests.scheduler("engine-a"), client.grant.sessionId(), List.of());
        TestClient next = rig.attach(again);
        rig.settle();
        assertThat(rig.arena().reservedBytes()).isEqualTo(2 * 8192);
        next.abort(client.lastJob);
        rig.settle();
        assertThat(rig.arena().reservedBytes()).isZero();
        assertThat(rig.snapshot().sessions()).hasSize(2);
    }

    @Test
    void endsASessionThatWritesGarbageAndNoOther() {
        TestClient other = rig.attach(Requests.scheduler("engine-b"));
        TestClient.IntendAnswer answer = client.intendBlocks(1, 0, 2);
        MemorySegment ring = client.layout.requestRing(client.file);
        Random random = new Random(42);
        for (int i = 0; i < StoreRig.RING_BYTES; i++) {
            ring.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
        }
        rig.settle();
        client.poll();
        assertThat(client.closing).isEqualTo(ClosingReason.VIOLATION);
        assertThat(rig.metrics.get(StoreCount.VIOLATIONS)).isEqualTo(1);
        assertThat(answer.entries()).as("its process may still be copying").allMatch(client::shows);
        assertThat(other.save(2, 0, 3)).isEqualTo(3);
        end(client, EndReason.DEAD);
        assertThat(rig.arena().reservedBytes()).isZero();
        StoreChecks.check(rig);
    }

    @Test
    void survivesRandomBodiesOfEveryMessage() {
        Random random = new Random(7);
        for (int round = 0; round < 300; round++) {
            TestClient liar = rig.attach(Requests.scheduler("liar"));
            for (int i = 0; i < 20; i++) {
                int length = random.nextInt(200);
                org.agrona.concurrent.UnsafeBuffer body =
                        new org.agrona.concurrent.UnsafeBuffer(new byte[208]);
                random.nextBytes(body.byteArray());
                int template = 10 + random.nextInt(9);
                new io.moonpool.proto.ring.MessageHeaderEncoder()
                        .wrap(body, 0)
                        .blockLength(random.nextInt(64))
                        .templateId(template)
                        .schemaId(7170)
                        .version(1);
                liar.requests.offer(template, body, 0, 8 + length);
            }
            rig.settle();
            end(liar, EndReason.DEAD);
        }
        client.epoch = rig.snapshot().namespaces().get(0).epoch();
        assertThat(client.save(1, 0, 3)).isEqualTo(3);
        assertThat(rig.arena().usedBytes()).isEqualTo(3 * 8192);
        StoreChecks.check(rig);
    }

    @Test
    void takesBackALeaseThatTheCompletionRingHasNoRoomFor() {
        client.save(1, 0, 40);
        for (int i = 0; i < 200; i++) {
            client.keys(++client.lastJob, 0, 0, Requests.hashes(1, 0, 40));
            client.lookup(client.lastJob, 0, 40 * Requests.BLOCK_TOKENS, false);
            rig.settle();
        }
        assertThat(rig.metrics.get(StoreCount.ANSWERS_DROPPED)).isPositive();
        client.poll();
        assertThat(rig.snapshot().sessions().get(0).leases()).isEqualTo(client.lookups.size());
        client.lookups.keySet().forEach(job -> client.release(job, 0));
        rig.settle();
        assertThat(rig.arena().pinnedBytes()).isZero();
        StoreChecks.check(rig);
    }

    @Test
    void refusesAJobOverTheBoundOfLeasesAndGoesOn() {
        client.save(1, 0, 1);
        for (int i = 0; i < Session.LEASES_MAX; i++) {
            assertThat(client.lookupBlocks(1, 0, 1).hitTokens()).isPositive();
        }
        assertThat(client.lookupBlocks(1, 0, 1).status()).isEqualTo(LookupStatus.MALFORMED);
        client.release(1 + 1, 0);
        assertThat(client.lookupBlocks(1, 0, 1).status()).isEqualTo(LookupStatus.OK);
    }

    @Test
    void refusesAnEngineWhoseProcessesContradictEachOther() {
        SessionRequest other =
                Requests.of(
                        "engine-a",
                        SessionRole.WORKER,
                        StoreRig.TENANT,
                        2,
                        Requests.worker("x").groups());
        assertThatThrownBy(() -> rig.attach(other))
                .isInstanceOf(StoreRefusal.class)
                .hasMessageContaining("namespace");
    }

    @Test
    void refusesASlotLargerThanASlab() {
        SessionRequest big =
                Requests.of(
                        "engine-c",
                        SessionRole.SCHEDULER,
                        StoreRig.TENANT,
                        3,
                        List.of(Requests.full(0, 1, 2 << 20)));
        assertThatThrownBy(() -> rig.attach(big))
                .isInstanceOf(StoreRefusal.class)
                .hasMessageContaining("--slab-bytes");
    }

    @Test
    void refusesTheSixtyFifthEngineAndTakesItWhenOneHasGone() {
        for (int i = 1; i < EnginePins.ENGINES_MAX; i++) {
            SessionGrant grant = rig.await(rig.control().open(Requests.worker("w" + i)));
            rig.await(rig.control().activate(grant.sessionId()));
        }
        assertThatThrownBy(() -> rig.attach(Requests.worker("one-too-many")))
                .isInstanceOf(StoreRefusal.class)
                .hasMessageContaining("engine_id");
        end(client, EndReason.DETACHED);
        rig.attach(Requests.worker("fits-now"));
    }

    @Test
    void warnsOfANamespaceThatDiffersInItsHashesAlone() {
        rig.await(rig.control().open(withHash("engine-d", 4, "sha256")));
        SessionGrant grant = rig.await(rig.control().open(withHash("engine-e", 5, "builtin")));
        assertThat(grant.warnings())
                .singleElement()
                .asString()
                .contains("sha256")
                .contains("builtin");
    }

    private static SessionRequest withHash(String engine, int namespace, String algorithm) {
        SessionRequest base = Requests.scheduler(engine);
        return new SessionRequest(
                engine,
                SessionRole.SCHEDULER,
                0,
                1,
                1,
                StoreRig.TENANT,
                new NamespaceSpec(Requests.digest(namespace), "m", false, "same"),
                base.groups(),
                new HashVector(algorithm, 32, 16, new byte[32]),
                false,
                0,
                List.of(),
                0,
                false);
    }
}
