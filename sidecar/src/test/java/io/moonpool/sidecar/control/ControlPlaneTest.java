// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.moonpool.proto.v1.AttachReply;
import io.moonpool.proto.v1.AttachRequest;
import io.moonpool.proto.v1.DetachRequest;
import io.moonpool.proto.v1.FileKind;
import io.moonpool.proto.v1.ProtocolVersion;
import io.moonpool.proto.v1.Role;
import io.moonpool.proto.v1.WatchEvent;
import io.moonpool.proto.v1.WatchRequest;
import io.moonpool.sidecar.config.Defaults;
import io.moonpool.sidecar.store.EndReason;
import io.moonpool.sidecar.store.OrphanSession;
import io.moonpool.sidecar.store.StoreRefusal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

@Timeout(240)
class ControlPlaneTest {
    @TempDir private Path directory;

    private ControlPlane plane;

    @BeforeEach
    void start() throws Exception {
        plane = new ControlPlane(directory);
    }

    @AfterEach
    void stop() throws Exception {
        plane.close();
    }

    @Test
    void attachesOnceFilesAreSentAndTheSessionIsLocked() throws Exception {
        AttachReply reply = attach();
        assertThat(reply.getFilesList())
                .extracting(file -> file.getKind())
                .containsExactly(FileKind.FILE_KIND_SESSION, FileKind.FILE_KIND_HEADERS);
        assertThat(reply.getWarningsList()).containsExactly("a warning");
        assertThat(reply.getDescriptorSocket()).isEqualTo("control.sock.fd");
        assertThat(plane.store.activated).isEmpty();

        try (ChildProcess engine = plane.redeem(reply, true)) {
            assertThat(engine.line()).isEqualTo("R rw,r");
            assertThat(plane.store.activated).containsExactly(reply.getSessionId());
        }
    }

    @Test
    void seesTheDeathOfAKilledProcess() throws Exception {
        AttachReply reply = attach();
        ChildProcess engine = plane.redeem(reply, true);
        assertThat(engine.line()).startsWith("R");
        BlockingQueue<String> stream = watch(reply.getSessionId());
        assertThat(stream.poll(10, TimeUnit.SECONDS)).isEqualTo("1 false");
        assertThat(plane.store.ended).isEmpty();

        engine.kill();

        awaitEnd(reply.getSessionId(), EndReason.DEAD);
        assertThat(stream.poll(10, TimeUnit.SECONDS)).isEqualTo("NOT_FOUND");
    }

    @Test
    void endsASessionThatIsNotLocked() throws Exception {
        AttachReply reply = attach();
        try (ChildProcess engine = plane.redeem(reply, false)) {
            assertThat(engine.line()).startsWith("N");
        }
        awaitEnd(reply.getSessionId(), EndReason.DEAD);
        assertThat(plane.store.activated).isEmpty();
    }

    @Test
    void endsASessionWhoseTicketIsNotUsedInTime() throws Exception {
        AttachReply reply = attach();
        plane.clock.addAndGet(SessionBook.TICKET_LIFE_NS);
        awaitEnd(reply.getSessionId(), EndReason.DEAD);
        try (ChildProcess late = plane.redeem(reply, true)) {
            assertThat(late.line()).isEqualTo("refused: ticket: unknown or expired; attach again");
        }
    }

    @Test
    void takesATicketOnlyOnceAndOnlyIfRight() throws Exception {
        AttachReply reply = attach();
        AttachReply forged = reply.toBuilder().setTicket(ByteString.copyFrom(new byte[16])).build();
        try (ChildProcess thief = plane.redeem(forged, true)) {
            assertThat(thief.line()).startsWith("refused: ticket: unknown");
        }
        try (ChildProcess engine = plane.redeem(reply, true)) {
            assertThat(engine.line()).startsWith("R");
            try (ChildProcess second = plane.redeem(reply, true)) {
                assertThat(second.line()).startsWith("refused: ticket: used already");
            }
            assertThat(plane.store.ended).isEmpty();
        }
    }

    @Test
    void reportsOrphansOfAnEarlierSidecarOnceTheirLockIsFree() throws Exception {
        AttachReply reply = attach();
        ChildProcess engine = plane.redeem(reply, true);
        assertThat(engine.line()).startsWith("R");
        OrphanSession living =
                new OrphanSession(5, 0, plane.store.sessionFile(reply.getSessionId()));
        OrphanSession unprovable = new OrphanSession(6, 0, directory.resolve("gone"));
        Path nextDirectory = Files.createDirectory(directory.resolve("next"));
        try (ControlPlane next = new ControlPlane(nextDirectory, living, unprovable)) {
            Thread.sleep(50);
            assertThat(next.store.deadOrphans).isEmpty();
            engine.kill();
            Eventually.holds("dead orphan", () -> !next.store.deadOrphans.isEmpty());
            assertThat(next.store.deadOrphans).containsExactly(5L);
        }
    }

    @Test
    void refusesAProtocolOfTheFuture() {
        AttachRequest future =
                Requests.scheduler("e")
                        .setProtocol(ProtocolVersion.newBuilder().setMajor(2).setMinor(1))
                        .build();
        assertRefused(
                future,
                Status.Code.UNIMPLEMENTED,
                "protocol.major: the client speaks 2.1 and this sidecar 1.0; upgrade the sidecar");
    }

    @Test
    void refusesFieldsThatAreMissingOrWrong() {
        assertInvalid(Requests.scheduler(""), "engine_id: is missing; fill it in");
        assertInvalid(Requests.scheduler("a\nb"), "engine_id: must be one line");
        assertInvalid(Requests.scheduler("e").setRole(Role.ROLE_UNSPECIFIED), "role: say ROLE_");
        assertInvalid(Requests.scheduler("e").setRank(1), "rank: 1 is out of range");
        assertInvalid(Requests.scheduler("e").setWorldSize(-1), "world_size: 4294967295 is out");
        assertInvalid(Requests.scheduler("e").clearGroups(), "groups (their count): 0 is out");
        assertInvalid(Requests.scheduler("e").clearHashVector(), "hash_vector: is missing");
        AttachRequest.Builder other = Requests.scheduler("e");
        other.getNamespaceBuilder().setCanonicalJson("{}");
        assertInvalid(other, "namespace.digest: is not the SHA-256 of namespace.canonical_json");
        AttachRequest.Builder list = Requests.scheduler("e");
        list.getNamespaceBuilder().setCanonicalJson("[");
        assertInvalid(list, "namespace.canonical_json: is no JSON");
        AttachRequest.Builder slot = Requests.scheduler("e");
        slot.getGroupsBuilder(0).getShardsBuilder(0).setSlotBytes(-1);
        assertInvalid(slot, "groups.shards.slot_bytes: must be above 0");
    }

    @Test
    void refusesATenantThatIsNotServed() {
        assertRefused(
                Requests.scheduler("e").setTenant("red").build(),
                Status.Code.PERMISSION_DENIED,
                "tenant: 'red' is not served here; the sidecar's config names default");
    }

    @Test
    void givesTheStoresRefusalsTheirStatus() {
        plane.store.refusal =
                new StoreRefusal(
                        StoreRefusal.Code.PRECONDITION, "groups.shards: raise --slab-bytes");
        assertRefused(
                Requests.scheduler("e").build(),
                Status.Code.FAILED_PRECONDITION,
                "groups.shards: raise --slab-bytes");
        plane.store.refusal = new StoreRefusal(StoreRefusal.Code.EXHAUSTED, "64 engines");
        assertRefused(
                Requests.scheduler("e").build(), Status.Code.RESOURCE_EXHAUSTED, "64 engines");
    }

    @Test
    void tellsTheStoreWhatHashesHaveNoPartIn() {
        AttachReply reply = attach();
        assertThat(plane.store.opened.get(reply.getSessionId()).namespace().sharingKey())
                .isEqualTo("{\"model\":\"tiny\"}");
    }

    @Test
    void refusesToTakeOverAnotherEnginesSession() throws Exception {
        AttachReply reply = attach();
        try (ChildProcess engine = plane.redeem(reply, true)) {
            assertThat(engine.line()).startsWith("R");
            AttachRequest.Builder thief =
                    Requests.scheduler("other").setPreviousSessionId(reply.getSessionId());
            assertRefused(
                    thief.build(), Status.Code.PERMISSION_DENIED, "previous_session_id: that");
            AttachRequest.Builder same =
                    Requests.scheduler("engine").setPreviousSessionId(reply.getSessionId());
            assertThat(plane.client.attach(same.build()).getSessionId()).isPositive();
        }
    }

    @Test
    void detachesAndThenKnowsTheSessionNoMore() {
        AttachReply reply = attach();
        DetachRequest detach =
                DetachRequest.newBuilder().setSessionId(reply.getSessionId()).build();
        plane.client.detach(detach);
        assertThat(plane.store.ended).containsEntry(reply.getSessionId(), EndReason.DETACHED);
        assertThatThrownBy(() -> plane.client.detach(detach))
                .hasMessageContaining("NOT_FOUND: session_id: no session");
    }

    @Test
    void beatsOnAWatchStreamAndSaysGoodbye() throws Exception {
        BlockingQueue<String> stream = watch(attach().getSessionId());
        assertThat(stream.poll(10, TimeUnit.SECONDS)).isEqualTo("1 false");
        assertThat(stream.poll(10, TimeUnit.SECONDS)).isEqualTo("2 false");
        plane.announceClosing();
        assertThat(stream.poll(10, TimeUnit.SECONDS)).isEqualTo("3 true");
        assertThat(stream.poll(10, TimeUnit.SECONDS)).isEqualTo("completed");
        assertRefused(Requests.scheduler("e").build(), Status.Code.UNAVAILABLE, "is shutting down");
    }

    @Test
    @EnabledIf("canBecomeNobody")
    void refusesAnotherUserInWords() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        AttachRequest request = Requests.scheduler("e").build();
        try (ChildProcess nobody =
                ChildProcess.clientAsNobody(
                        directory,
                        plane.sockets.control().toString(),
                        "attach",
                        HexFormat.of().formatHex(request.toByteArray()))) {
            assertThat(nobody.line())
                    .contains("grpc-status: " + Status.PERMISSION_DENIED.getCode().value())
                    .contains("uid 65534 may not attach to this sidecar of uid 0")
                    .contains("--allow-uid 65534");
        }
        AttachReply reply = attach();
        try (ChildProcess nobody =
                ChildProcess.clientAsNobody(directory, plane.arguments(reply, true))) {
            assertThat(nobody.line())
                    .isEqualTo(
                            "refused: ticket: uid 65534 can't use the ticket of uid 0; connect as"
                                    + " the process that attached");
        }
    }

    static boolean canBecomeNobody() {
        return Defaults.ownUid() == 0 && Files.isExecutable(ChildProcess.SYSTEM_PYTHON);
    }

    private AttachReply attach() {
        return plane.client.attach(Requests.scheduler("engine").build());
    }

    private void awaitEnd(long session, EndReason reason) throws InterruptedException {
        Eventually.holds(
                "session " + session + " ends " + reason,
                () -> plane.store.ended.get(session) == reason);
    }

    private BlockingQueue<String> watch(long sessionId) {
        BlockingQueue<String> events = new LinkedBlockingQueue<>();
        plane.asyncClient.watch(
                WatchRequest.newBuilder().setSessionId(sessionId).build(),
                new StreamObserver<>() {
                    @Override
                    public void onNext(WatchEvent event) {
                        events.add(event.getSequence() + " " + event.getClosing());
                    }

                    @Override
                    public void onError(Throwable failure) {
                        events.add(Status.fromThrowable(failure).getCode().name());
                    }

                    @Override
                    public void onCompleted() {
                        events.add("completed");
                    }
                });
        return events;
    }

    private void assertInvalid(AttachRequest.Builder request, String message) {
        assertRefused(request.build(), Status.Code.INVALID_ARGUMENT, message);
    }

    private void assertRefused(AttachRequest request, Status.Code code, String message) {
        assertThatThrownBy(() -> plane.client.attach(request))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        refusal -> {
                            assertThat(refusal.getStatus().getCode()).isEqualTo(code);
                            assertThat(refusal.getStatus().getDescription())
                                    .contains(message)
                                    .doesNotContain("\n");
                        });
    }
}
