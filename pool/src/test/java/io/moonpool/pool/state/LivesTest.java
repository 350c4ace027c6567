// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LivesTest {
    private static final ObjectKey KEY = Pool.key(1, 1, 1);

    private final Pool pool = new Pool();

    @AfterEach
    void close() {
        pool.close();
    }

    private MemberState state(MemberClient member) {
        return pool.directory.member(member.handle).orElseThrow().state();
    }

    @Test
    void aSilentMemberIsNotLocatedAndNotForgotten() {
        MemberClient member = pool.member(1);
        member.publish(KEY, 1).send();
        for (int i = 0; i < 5; i++) {
            pool.tick(500);
        }
        assertThat(state(member)).isEqualTo(MemberState.SUSPECT);
        assertThat(pool.located(KEY)).isEmpty();

        assertThat(member.send().announceAgain()).isFalse();
        assertThat(pool.located(KEY)).containsExactly(member.handle);
        assertThat(state(member)).isEqualTo(MemberState.LIVE);
    }

    @Test
    void aMemberThatWasStoppedIsBackWithWhatItAnnouncesAtOnce() {
        MemberClient member = pool.member(1);
        member.publish(KEY, 1).send();
        pool.leave(member.handle, false);
        assertThat(pool.located(KEY)).isEmpty();

        member.joinAgain(1, 1);
        assertThat(pool.located(KEY)).isEmpty();
        member.publish(KEY, 2).send();
        assertThat(pool.located(KEY)).containsExactly(member.handle);
        assertThat(state(member)).isEqualTo(MemberState.ANNOUNCING);
        member.announce();
        pool.sweep();
        assertThat(pool.located(KEY)).containsExactly(member.handle);
        assertThat(pool.directory.totals().replicas()).isEqualTo(1);
    }

    @Test
    void whatIsNotAnnouncedAgainIsSwept() {
        MemberClient member = pool.member(1);
        for (int i = 0; i < 100; i++) {
            member.publish(Pool.key(1, 1, i), i);
        }
        member.send();
        member.joinAgain(1, 2);
        member.publish(Pool.key(1, 1, 7), 7).announce();
        pool.sweep();

        Totals totals = pool.directory.totals();
        assertThat(totals.objects()).isEqualTo(1);
        assertThat(totals.replicas()).isEqualTo(1);
        assertThat(pool.directory.keys(0, 1_000).keys()).hasSize(1);
    }

    @Test
    void aMemberSilentForTooLongIsForgotten() {
        MemberClient member = pool.member(1);
        member.publish(KEY, 1).send();
        for (int i = 0; i < 301; i++) {
            pool.tick(2_000);
        }
        assertThat(member.send().announceAgain()).isTrue();
        assertThat(pool.directory.members("host-1").getFirst().state()).isEqualTo(MemberState.GONE);
        assertThat(pool.directory.totals().objects()).isZero();
        for (int i = 0; i < 301; i++) {
            pool.tick(2_000);
        }
        assertThat(pool.directory.members()).isEmpty();
    }

    @Test
    void aDirectoryThatDidNotLookBlamesNobody() {
        MemberClient member = pool.member(1);
        member.publish(KEY, 1).send();
        pool.tick(100);
        pool.tick(3_600_000);

        assertThat(state(member)).isEqualTo(MemberState.LIVE);
        assertThat(pool.located(KEY)).containsExactly(member.handle);
    }

    @Test
    void timeNeverRunsBackwards() {
        MemberClient member = pool.member(1);
        pool.tick(100);
        pool.now -= 1_000_000;
        member.publish(KEY, 1).send();
        pool.tick(0);

        assertThat(state(member)).isEqualTo(MemberState.LIVE);
    }

    @Test
    void aReportCountsOnceAHeartbeatIsMissed() {
        MemberClient member = pool.member(1);
        MemberClient reader = pool.member(2);
        pool.now += 400;
        reader.send();
        report(reader, member);
        assertThat(state(member)).isEqualTo(MemberState.LIVE);
        pool.now += 400;
        reader.send();
        pool.tick(0);
        assertThat(state(member)).isEqualTo(MemberState.SUSPECT);

        member.send();
        assertThat(state(member)).isEqualTo(MemberState.LIVE);
        pool.tick(1_000);
        assertThat(state(member)).isEqualTo(MemberState.LIVE);
    }

    @Test
    void aReportOfAMissedHeartbeatCountsAtOnce() {
        MemberClient member = pool.member(1);
        MemberClient reader = pool.member(2);
        pool.now += 800;
        reader.send();
        report(reader, member);
        assertThat(state(member)).isEqualTo(MemberState.SUSPECT);
    }

    @Test
    void whoIsCutOffItselfReportsNobody() {
        MemberClient member = pool.member(1);
        MemberClient reader = pool.member(2);
        pool.leave(reader.handle, false);
        pool.now += 800;
        report(reader, member);
        assertThat(state(member)).isEqualTo(MemberState.LIVE);
    }

    private void report(MemberClient reader, MemberClient member) {
        pool.directory.report(
                new Command.ReportUnreachable(pool.now, reader.handle, member.handle));
    }

    @Test
    void theNewerProcessOfAMemberWins() {
        MemberClient older = new MemberClient(pool, pool.join(1, 5).member());
        older.publish(KEY, 1).announce();
        MemberClient newer = new MemberClient(pool, pool.join(1, 6).member());

        assertThat(older.publish(Pool.key(1, 1, 2), 2).send().announceAgain()).isTrue();
        assertThatThrownBy(() -> pool.join(1, 5))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("older process");
        newer.publish(KEY, 9).announce();
        assertThat(pool.located(KEY)).containsExactly(newer.handle);
        assertThat(newer.handle).isNotEqualTo(older.handle);
    }

    @Test
    void aCopiedDataDirectoryIsNamed() {
        pool.join(1, 5);
        MemberSpec spec = Pool.spec(1, 5);
        MemberSpec elsewhere =
                new MemberSpec(spec.id(), "other", "other:1", List.of(), "tcp", 1, 1, spec.boot());

        assertThatThrownBy(() -> pool.join(elsewhere, 0))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("data directory was copied")
                .hasMessageContaining("other:1");
    }

    @Test
    void twoMembersOfOneNameAreToldApart() {
        pool.join(1, 1);
        MemberSpec other = Pool.spec(2, 1);
        Joined joined =
                pool.join(
                        new MemberSpec(
                                other.id(),
                                "host-1",
                                other.peerEndpoint(),
                                other.transferEndpoints(),
                                "tcp",
                                1,
                                1,
                                1),
                        0);

        assertThat(joined.warnings()).hasSize(1);
        assertThat(joined.warnings().getFirst())
                .contains("host-1", new MemberId(1, 1).toString(), new MemberId(2, 2).toString());
        assertThat(pool.directory.members("host-1")).hasSize(2);
        assertThatThrownBy(() ->
                        pool.directory.drain(new Command.Drain(pool.now, "host-1", List.of())))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining(new MemberId(2, 2).toString());
    }

    @Test
    void aGapAsksForAnAnnouncementAndChangesNothing() {
        MemberClient member = pool.member(1);
        member.sequence++;
        Changed changed = member.publish(KEY, 1).send();

        assertThat(changed.announceAgain()).isTrue();
        assertThat(changed.appliedSequence()).isZero();
        assertThat(pool.located(KEY)).isEmpty();
    }

    @Test
    void aBatchSentAgainIsAppliedOnce() {
        MemberClient member = pool.member(1);
        member.publish(KEY, 1).send();
        Changed again = member.sendAgain();

        assertThat(again.announceAgain()).isFalse();
        assertThat(again.appliedSequence()).isEqualTo(1);
        assertThat(pool.directory.totals().published()).isEqualTo(1);
    }

    @Test
    void aRetractRemovesTheReplicaWithItsNumberOnly() {
        MemberClient member = pool.member(1);
        member.publish(KEY, 5).retract(KEY, 4).send();
        assertThat(pool.located(KEY)).hasSize(1);
        member.retract(KEY, 5).send();
        assertThat(pool.located(KEY)).isEmpty();
        assertThat(pool.directory.totals().objects()).isZero();
    }

    @Test
    void malformedJoinsAreRefusedByField() {
        MemberSpec spec = Pool.spec(1, 1);
        assertThatThrownBy(() ->
                        pool.join(new MemberSpec(spec.id(), "", "e", List.of(), "tcp", 1, 1, 1), 0))
                .hasMessageContaining("member.name");
        assertThatThrownBy(() ->
                        pool.join(
                                new MemberSpec(spec.id(), "n", "e", List.of(), "tcp", -1, 1, 1), 0))
                .hasMessageContaining("member.capacity_bytes");
        assertThatThrownBy(() ->
                        pool.join(
                                new MemberSpec(
                                        new MemberId(0, 0), "n", "e", List.of(), "tcp", 1, 1, 1),
                                0))
                .hasMessageContaining("member.id");
        assertThat(pool.directory.members()).isEmpty();
    }

    @Test
    void aFullTableRefusesNewMembers() {
        DirectoryConfig usual = DirectoryConfig.defaults(1);
        DirectoryConfig small =
                new DirectoryConfig(
                        1,
                        500,
                        2_000,
                        15_000,
                        600_000,
                        0,
                        1,
                        1,
                        2,
                        usual.layoutsMax(),
                        10,
                        10,
                        10,
                        10);
        try (Pool full = new Pool(small)) {
            full.join(1, 1);
            full.join(2, 1);
            full.join(2, 2);
            assertThatThrownBy(() -> full.join(3, 1))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContaining("2 already");
        }
    }
}
