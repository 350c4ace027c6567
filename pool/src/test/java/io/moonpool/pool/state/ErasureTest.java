// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ErasureTest {
    private static final ObjectKey KEY = Pool.key(1, 1, 1);
    private static final ObjectKey OTHER = Pool.key(1, 1, 2);

    private Pool pool = new Pool();

    @AfterEach
    void close() {
        pool.close();
    }

    private Removed remove(boolean force, ObjectKey... keys) {
        Removed removed = pool.directory.remove(new Command.Remove(pool.now, List.of(keys), force));
        pool.collect();
        return removed;
    }

    @Test
    void aRemovedObjectIsDroppedByWhoeverHasIt() {
        MemberClient first = pool.member(1);
        MemberClient second = pool.member(2);
        first.publish(KEY, 1).publish(OTHER, 2).send();
        second.publish(KEY, 1).send();

        Removed removed = remove(false, KEY);

        assertThat(removed.objects()).isEqualTo(1);
        assertThat(pool.located(KEY)).isEmpty();
        assertThat(pool.located(OTHER)).hasSize(1);
        assertThat(pool.orders(Order.Drop.class))
                .containsExactlyInAnyOrder(
                        new Order.Drop(first.handle, List.of(KEY), removed.removal()),
                        new Order.Drop(second.handle, List.of(KEY), removed.removal()));
    }

    @Test
    void aRemovedObjectDoesNotComeBackFromAnInventory() {
        MemberClient member = pool.member(1);
        member.publish(KEY, 1).publish(OTHER, 2).send();
        Removed removed = remove(false, KEY);
        pool.restart();

        member.joinAgain(1, 1);
        Changed announced = member.publish(KEY, 1).publish(OTHER, 2).announce();

        assertThat(pool.located(KEY)).isEmpty();
        assertThat(pool.located(OTHER)).hasSize(1);
        assertThat(pool.orders(Order.Drop.class))
                .containsExactly(new Order.Drop(member.handle, List.of(KEY), removed.removal()));
        assertThat(announced.removal()).isEqualTo(removed.removal());
    }

    @Test
    void itComesBackWhenItIsSavedAnew() {
        MemberClient member = pool.member(1);
        member.publish(KEY, 1).send();
        remove(false, KEY);
        assertThat(member.publish(KEY, 1).send().removal()).isPositive();
        assertThat(pool.located(KEY)).isEmpty();

        member.removalDone = member.send().removal();
        member.publish(KEY, 2).send();
        assertThat(pool.located(KEY)).hasSize(1);
    }

    @Test
    void aMemberThatAnnouncesIsNotToldThatItHasSeenEveryRemoval() {
        MemberClient member = pool.member(1);
        member.publish(KEY, 1).send();
        Removed removed = remove(false, KEY);
        member.joinAgain(1, 2);

        assertThat(member.publish(OTHER, 1).send().removal()).isZero();
        assertThat(member.publish(KEY, 1).announce().removal()).isEqualTo(removed.removal());
        assertThat(pool.orders(Order.Drop.class)).hasSize(2);
    }

    @Test
    void aHardPinProtectsButNotFromForce() {
        MemberClient member = pool.member(1);
        member.publish(KEY, 1).send();
        pool.directory.mark(
                new Command.Mark(
                        pool.now,
                        List.of(KEY),
                        Command.Mark.KEEP,
                        Command.Mark.KEEP,
                        Command.NEVER));
        assertThat(remove(false, KEY).pinned()).isEqualTo(1);
        assertThat(pool.located(KEY)).hasSize(1);
        assertThat(remove(true, KEY).objects()).isEqualTo(1);
        assertThat(pool.directory.totals().hardPinned()).isZero();
    }

    @Test
    void everythingOfATenantGoesAtOnceAndIsSweptInSteps() {
        MemberClient member = pool.member(1);
        for (int i = 0; i < 1_000; i++) {
            member.record(ChangeRecord.PUBLISH, Tier.MEMORY, Pool.key(1, 1, i), i, 0, "a");
        }
        member.record(ChangeRecord.PUBLISH, Tier.MEMORY, Pool.key(2, 1, 0), 1, 0, "b");
        member.send();

        Removed removed = pool.directory.removeAll(new Command.RemoveAll(pool.now, "a"));
        pool.collect();

        assertThat(removed.objects()).isEqualTo(1_000);
        assertThat(pool.located(Pool.key(1, 1, 5))).isEmpty();
        assertThat(pool.located(Pool.key(2, 1, 0))).hasSize(1);
        assertThat(pool.orders(Order.DropAll.class))
                .containsExactly(new Order.DropAll(member.handle, "a", removed.removal()));
        pool.sweep();
        assertThat(pool.directory.totals().objects()).isEqualTo(1);
        assertThat(pool.directory.tenants()).extracting(TenantView::name).containsExactly("b");
    }

    @Test
    void aMemberThatMissedTheRemovalOfATenantDropsItWhenItIsBack() {
        MemberClient member = pool.member(1);
        member.publish(KEY, 1).send();
        pool.leave(member.handle, true);
        Removed removed = pool.directory.removeAll(new Command.RemoveAll(pool.now, ""));
        pool.collect();
        pool.restart();

        member.joinAgain(1, 2);
        assertThat(pool.orders(Order.DropAll.class))
                .containsExactly(new Order.DropAll(member.handle, "", removed.removal()));
        member.publish(KEY, 1).announce();
        assertThat(pool.located(KEY)).isEmpty();
        member.removalDone = removed.removal();
        member.publish(KEY, 2).send();
        assertThat(pool.located(KEY)).hasSize(1);
    }

    @Test
    void numbersOfRemovalsGoOnAboveThoseOfADirectoryThatIsForgotten() {
        MemberClient member =
                new MemberClient(pool, pool.join(Pool.spec(1, 1), 99_000_000).member());
        member.announce();

        assertThat(remove(false, KEY).removal()).isGreaterThan(99_000_000);
    }

    @Test
    void forgottenRemovalsTakeTheWholeTenantFromWhoeverMissedThem() {
        DirectoryConfig usual = DirectoryConfig.defaults(1);
        pool.close();
        pool =
                new Pool(
                        new DirectoryConfig(
                                1,
                                500,
                                2_000,
                                15_000,
                                600_000,
                                0,
                                1,
                                1,
                                10,
                                usual.layoutsMax(),
                                10,
                                2,
                                10,
                                10));
        MemberClient member = pool.member(1);
        member.publish(KEY, 1).publish(OTHER, 2).send();
        long first = remove(false, KEY).removal();
        remove(false, Pool.key(1, 1, 8));
        remove(false, Pool.key(1, 1, 9));

        member.joinAgain(1, 2);
        assertThat(pool.orders(Order.DropAll.class))
                .containsExactly(new Order.DropAll(member.handle, Pool.TENANT, first));
    }

    @Test
    void floorsOnlyRiseAndWhatIsBelowIsNeverLocated() {
        MemberClient member = pool.member(1);
        ObjectKey newer = Pool.key(1, 2, 1);
        member.publish(KEY, 1).publish(newer, 2).send();
        raise(2);
        assertThat(pool.located(KEY)).isEmpty();
        assertThat(pool.located(newer)).hasSize(1);
        assertThat(member.publish(KEY, 3).send().floors()).containsExactly(floor(2));
        assertThat(pool.located(KEY)).isEmpty();
        assertThat(member.send().floors()).isEmpty();

        raise(1);
        assertThat(pool.directory.floors()).containsExactly(floor(2));
        assertThat(pool.facts).containsExactly(new Fact.FloorRaised(floor(2)));
        pool.sweep();
        assertThat(pool.directory.totals().objects()).isEqualTo(1);
    }

    @Test
    void aFloorThatAMemberBringsReachesTheOthers() {
        MemberClient first = pool.member(1);
        first.publish(KEY, 1).send();
        Joined joined =
                pool.directory.join(
                        new Command.Join(pool.now, Pool.spec(2, 1), List.of(floor(3)), 0));
        pool.collect();

        assertThat(joined.floors()).isEmpty();
        assertThat(first.send().floors()).containsExactly(floor(3));
        assertThat(pool.located(KEY)).isEmpty();
        assertThat(pool.join(3, 1).floors()).containsExactly(floor(3));
    }

    private static Floor floor(long epoch) {
        return new Floor(Pool.TENANT, Pool.layout(1).namespace(), epoch);
    }

    private void raise(long epoch) {
        pool.directory.raise(new Command.RaiseFloor(pool.now, floor(epoch)));
        pool.collect();
    }

    @Test
    void factsAreEnoughToRecallEverything() {
        MemberClient member = pool.member(1);
        member.publish(KEY, 1).send();
        raise(1);
        pool.directory.quota(new Command.SetQuota(pool.now, "a", 5));
        pool.directory.quota(new Command.SetQuota(pool.now, "b", 6));
        pool.directory.quota(new Command.RemoveQuota(pool.now, "b"));
        pool.directory.mark(
                new Command.Mark(pool.now, List.of(KEY), 2, pool.now + 5, Command.NEVER));
        pool.directory.drain(new Command.Drain(pool.now, "host-1", List.of()));
        pool.directory.removeAll(new Command.RemoveAll(pool.now, "c"));
        remove(true, OTHER);
        try (Directory other = Directory.create(pool.config)) {
            pool.facts.forEach(other::recall);
            List<Fact> recalled = new ArrayList<>();
            other.facts(recalled::add);
            List<Fact> known = new ArrayList<>();
            pool.directory.facts(known::add);
            assertThat(recalled).containsExactlyInAnyOrderElementsOf(known).hasSize(6);
        }
    }
}
