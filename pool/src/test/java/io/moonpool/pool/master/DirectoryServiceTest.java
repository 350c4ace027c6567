// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.moonpool.pool.state.DirectoryConfig;
import io.moonpool.proto.v1.ChangeReply;
import io.moonpool.proto.v1.DrainRequest;
import io.moonpool.proto.v1.JoinRequest;
import io.moonpool.proto.v1.LocateReply;
import io.moonpool.proto.v1.LocateRequest;
import io.moonpool.proto.v1.MarkRequest;
import io.moonpool.proto.v1.MemberPlace;
import io.moonpool.proto.v1.MemberStatus;
import io.moonpool.proto.v1.MembersRequest;
import io.moonpool.proto.v1.Order;
import io.moonpool.proto.v1.PlaceReply;
import io.moonpool.proto.v1.PlaceRequest;
import io.moonpool.proto.v1.ProtocolVersion;
import io.moonpool.proto.v1.RemoveAllRequest;
import io.moonpool.proto.v1.RemoveRequest;
import io.moonpool.proto.v1.ReportRequest;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two members over real sockets. */
class DirectoryServiceTest {
    private static final long PATIENCE_MS = 20_000;

    @TempDir private Path dataDir;
    private Served served;
    private FakeMember first;
    private FakeMember second;

    @BeforeEach
    void start() throws Exception {
        serve(60_000);
    }

    private void serve(long timeoutMs) throws Exception {
        served = new Served(config(timeoutMs), dataDir);
        first = new FakeMember(served, 1);
        second = new FakeMember(served, 2);
    }

    private static DirectoryConfig config(long timeoutMs) {
        DirectoryConfig usual = DirectoryConfig.defaults(1);
        return new DirectoryConfig(
                usual.seed(),
                usual.heartbeatMs(),
                timeoutMs,
                2 * timeoutMs,
                usual.forgetMs(),
                0,
                usual.slowStartMs(),
                usual.copyMs(),
                usual.membersMax(),
                usual.layoutsMax(),
                usual.marksMax(),
                usual.tombstonesMax(),
                usual.copiesMax(),
                usual.sweepStep());
    }

    @AfterEach
    void stop() {
        first.close();
        second.close();
        served.close();
    }

    private FakeMember joined(FakeMember member, int from, int count) throws Exception {
        return member.join(1).openStream().announce(from, count).settle();
    }

    private static void until(String what, BooleanSupplier condition) throws Exception {
        for (long waited = 0; !condition.getAsBoolean(); waited += 20) {
            assertThat(waited).as(what).isLessThan(PATIENCE_MS);
            Thread.sleep(20);
        }
    }

    private String state(int number) {
        return served
                .blocking()
                .members(MembersRequest.getDefaultInstance())
                .getMembersList()
                .stream()
                .filter(member -> member.getInfo().getName().equals("host-" + number))
                .map(MemberStatus::getState)
                .findFirst()
                .orElse("unknown");
    }

    @Test
    void locatesWhatOthersHave() throws Exception {
        joined(first, 0, 10);
        joined(second, 5, 10);

        LocateReply asked = second.locate(0, 20, second.joined.getMember());

        assertThat(asked.getMembersList()).hasSize(1);
        assertThat(asked.getMembers(0).getName()).isEqualTo("host-1");
        assertThat(asked.getMembers(0).getPeerEndpoint()).isEqualTo("10.0.0.1:7171");
        assertThat(asked.getMembers(0).getMember()).isEqualTo(first.joined.getMember());
        assertThat(asked.getPlaces().size()).isEqualTo(20 * asked.getReplicas() * 2);
        assertThat(first.found(0, 20)).isEqualTo(15);
        assertThat(first.locate(100, 3, 0).getMembersList()).isEmpty();
    }

    @Test
    void anUnknownLayoutIsSaidToBe() throws Exception {
        joined(first, 0, 1);

        LocateReply reply =
                served.blocking()
                        .locate(
                                LocateRequest.newBuilder()
                                        .setLayout(FakeMember.digest(77))
                                        .setHashes(FakeMember.hashes(0, 3))
                                        .build());

        assertThat(reply.getUnknownLayout()).isTrue();
    }

    @Test
    void aGapMakesAMemberAnnounceAgain() throws Exception {
        joined(first, 0, 10);
        first.sequence++;
        first.publish(10, 1);

        assertThat(first.reply().getAnnounceAgain()).isTrue();
        assertThat(first.end()).isEqualTo("completed");
        joined(first, 0, 11);
        assertThat(first.found(0, 11)).isEqualTo(11);
    }

    @Test
    void aMemberWhoseStreamBreaksIsNotLocatedUntilItIsBack() throws Exception {
        joined(first, 0, 10);
        first.complete();
        until("suspect", () -> state(1).equals("suspect"));
        assertThat(second.found(0, 10)).isZero();

        first.openStream().send(first.batch().build());
        assertThat(first.reply().getAnnounceAgain()).isFalse();
        assertThat(second.found(0, 10)).isEqualTo(10);
    }

    @Test
    void aMemberWhoseConnectionBreaksIsNotLocated() throws Exception {
        joined(first, 0, 10);
        first.close();

        until("suspect", () -> state(1).equals("suspect"));
        assertThat(second.found(0, 10)).isZero();
    }

    @Test
    void aSilentMemberIsNotLocatedUntilItSpeaks() throws Exception {
        stop();
        serve(300);
        joined(first, 0, 10);

        until("suspect", () -> state(1).equals("suspect"));
        assertThat(second.found(0, 10)).isZero();
        until("found again", () -> first.send(first.batch().build()).found(0, 10) == 10);
    }

    @Test
    void aMemberThatLeavesIsForgotten() throws Exception {
        joined(first, 0, 10);
        first.send(first.batch().setLeaving(true).build()).reply();

        assertThat(first.end()).isEqualTo("completed");
        until("gone", () -> state(1).equals("gone"));
        assertThat(second.found(0, 10)).isZero();
    }

    @Test
    void theOlderOfTwoProcessesIsRefused() throws Exception {
        first.join(5).openStream().announce(0, 10).settle();
        assertThatThrownBy(() -> new FakeMember(served, 1).join(4))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("FAILED_PRECONDITION")
                .hasMessageContaining("older process");

        FakeMember newer = new FakeMember(served, 1);
        newer.join(6).openStream().announce(0, 3).settle();

        assertThat(first.reply().getAnnounceAgain()).isTrue();
        assertThat(newer.found(0, 10)).isEqualTo(3);
        newer.close();
    }

    @Test
    void aHundredThousandKeysAreBackAfterARestart() throws Exception {
        joined(first, 0, 1_000);
        served.restart();
        assertThat(first.found(0, 1)).isZero();
        first.join(1).openStream();
        for (int from = 0; from < 100_000; from += 2_000) {
            first.publish(from, 2_000);
        }
        first.announce(100_000, 1).settle();

        for (int from = 0; from < 100_000; from += 10_000) {
            assertThat(first.found(from, 10_000)).isEqualTo(10_000);
        }
        assertThat(state(1)).isEqualTo("live");
    }

    @Test
    void aStreamOfAnEarlierDirectoryIsToldToAnnounceAgain() throws Exception {
        joined(first, 0, 10);
        served.restart();
        first.openStream().send(first.batch().build());

        assertThat(first.reply().getAnnounceAgain()).isTrue();
    }

    @Test
    void aRemovedObjectDoesNotComeBackAfterARestart() throws Exception {
        joined(first, 0, 10);
        long removed =
                served.blocking()
                        .remove(
                                RemoveRequest.newBuilder()
                                        .setLayout(FakeMember.LAYOUT)
                                        .setEpoch(FakeMember.EPOCH)
                                        .setHashes(FakeMember.hashes(3, 2))
                                        .build())
                        .getRemoved();
        assertThat(removed).isEqualTo(2);
        assertThat(second.found(0, 10)).isEqualTo(8);

        served.restart();
        joined(first, 0, 10);

        assertThat(second.found(0, 10)).isEqualTo(8);
        Order order = first.order();
        assertThat(order.getDrop().getLayout()).isEqualTo(FakeMember.LAYOUT);
        assertThat(order.getDrop().getRecords().size()).isEqualTo(2 * 40);
        first.send(first.batch().build());
        first.removalDone = first.reply().getRemoval();
        first.retract(3, 2).publish(3, 2).settle();
        assertThat(second.found(0, 10)).isEqualTo(10);
    }

    @Test
    void everythingOfATenantIsDropped() throws Exception {
        joined(first, 0, 10);

        assertThat(
                        served.blocking()
                                .removeAll(
                                        RemoveAllRequest.newBuilder().setTenant("default").build())
                                .getRemoved())
                .isEqualTo(10);

        assertThat(second.found(0, 10)).isZero();
        assertThat(first.order().getDrop().getTenant()).isEqualTo("default");
    }

    @Test
    void aDrainIsOrderedCountedAndKeptOverARestart() throws Exception {
        joined(first, 0, 10);
        joined(second, 0, 5);
        DrainRequest drain = DrainRequest.newBuilder().setMember("host-1").build();
        assertThat(served.blocking().drain(drain).getObjectsLeft()).isEqualTo(10);
        assertThat(first.order().hasEvacuate()).isTrue();

        served.restart();
        joined(first, 0, 10);
        joined(second, 0, 10);
        assertThat(first.order().hasEvacuate()).isTrue();
        assertThat(state(1)).isEqualTo("draining");
        assertThat(served.blocking().place(place()).getMembersList())
                .extracting(MemberPlace::getName)
                .containsExactly("host-2");

        first.retract(0, 10).settle();
        assertThat(served.blocking().drain(drain).getState()).isEqualTo("drained");
        assertThat(served.blocking().drain(drain).getObjectsMoved()).isEqualTo(10);
    }

    private static PlaceRequest place() {
        return PlaceRequest.newBuilder()
                .setLayout(FakeMember.LAYOUT)
                .setObjects(1)
                .setReplicas(1)
                .build();
    }

    @Test
    void placesPreferAndExclude() throws Exception {
        joined(first, 0, 1);
        joined(second, 0, 1);

        PlaceReply preferred =
                served.blocking().place(place().toBuilder().setPreferred("host-2").build());
        assertThat(preferred.getMembers(0).getName()).isEqualTo("host-2");
        PlaceReply excluded =
                served.blocking()
                        .place(place().toBuilder().addExcluded(second.joined.getMember()).build());
        assertThat(excluded.getMembersList()).hasSize(1);
        assertThat(excluded.getMembers(0).getName()).isEqualTo("host-1");
    }

    @Test
    void aWantedReplicaIsCopiedAndAPinIsTold() throws Exception {
        joined(first, 0, 1);
        joined(second, 1, 1);
        served.blocking()
                .mark(
                        MarkRequest.newBuilder()
                                .setLayout(FakeMember.LAYOUT)
                                .setEpoch(FakeMember.EPOCH)
                                .setHashes(FakeMember.hashes(0, 1))
                                .setWanted(2)
                                .setHardMs(Long.MAX_VALUE)
                                .build());

        Order one = first.order();
        Order other = first.order();
        Order pin = one.hasPin() ? one : other;
        Order copy = one.hasPin() ? other : one;
        assertThat(pin.getPin().getHardUntilMs()).isEqualTo(Long.MAX_VALUE);
        assertThat(copy.getCopy().getTargetsList()).containsExactly(second.joined.getMember());
        assertThat(copy.getCopy().getPlaces(0).getPeerEndpoint()).isEqualTo("10.0.0.2:7171");
    }

    @Test
    void whatSomebodyMissedIsChecked() throws Exception {
        joined(first, 0, 2);
        joined(second, 5, 1);
        served.blocking()
                .report(
                        ReportRequest.newBuilder()
                                .setAsking(second.joined.getMember())
                                .setMember(first.joined.getMember())
                                .setWhat(ReportRequest.What.NOT_THERE)
                                .setLayout(FakeMember.LAYOUT)
                                .setEpoch(FakeMember.EPOCH)
                                .setHashes(FakeMember.hashes(1, 3))
                                .build());

        assertThat(first.order().getCheck().getRecords().size()).isEqualTo(40);
    }

    @Test
    void whatIsAskedForAgainAndAgainIsCopied() throws Exception {
        joined(first, 0, 2);
        joined(second, 5, 1);
        for (int i = 0; i < 40; i++) {
            second.locate(0, 1, second.joined.getMember());
        }

        assertThat(first.order().getCopy().getRecords().size()).isEqualTo(40);
    }

    @Test
    void malformedMessagesHarmTheirSenderAlone() throws Exception {
        joined(second, 0, 5);
        first.join(1).openStream();
        first.send(first.batch().setRecords(ByteString.copyFrom(new byte[57])).build());
        assertThat(first.end()).contains("INVALID_ARGUMENT").contains("records");

        first.join(1).openStream();
        first.send(
                first.batch()
                        .addLayouts(FakeMember.layout())
                        .setRecords(ByteString.copyFrom(new byte[56]))
                        .build());
        assertThat(first.end()).contains("INVALID_ARGUMENT").contains("op=0");
        assertThat(second.found(0, 5)).isEqualTo(5);
    }

    @Test
    void requestsAreRefusedByField() {
        assertThatThrownBy(() ->
                        served.blocking()
                                .locate(
                                        LocateRequest.newBuilder()
                                                .setLayout(ByteString.copyFromUtf8("short"))
                                                .build()))
                .hasMessageContaining("INVALID_ARGUMENT")
                .hasMessageContaining("layout: has 5 bytes");
        assertThatThrownBy(() ->
                        served.blocking()
                                .join(
                                        JoinRequest.newBuilder()
                                                .setProtocol(
                                                        ProtocolVersion.newBuilder().setMajor(2))
                                                .build()))
                .hasMessageContaining("UNIMPLEMENTED")
                .hasMessageContaining("upgrade the directory");
        assertThatThrownBy(() ->
                        served.blocking()
                                .drain(DrainRequest.newBuilder().setMember("nobody").build()))
                .hasMessageContaining("NOT_FOUND");
    }

    @Test
    void oneMemberHasOneStream() throws Exception {
        joined(first, 0, 5);
        FakeMember other = new FakeMember(served, 1);
        other.joined = first.joined;
        other.sequence = first.sequence;
        other.openStream().send(other.batch().build());
        ChangeReply reply = other.reply();

        assertThat(reply.getAnnounceAgain()).isFalse();
        assertThat(first.end()).contains("ABORTED");
        assertThat(other.found(0, 5)).isEqualTo(5);
        other.close();
    }
}
