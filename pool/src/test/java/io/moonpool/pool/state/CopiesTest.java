// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Wanted replicas, hot objects, pins, drains. */
class CopiesTest {
    private static final ObjectKey KEY = Pool.key(1, 1, 1);
    private static final long SETTLED = 10_000;

    private final Pool pool = new Pool();

    @AfterEach
    void close() {
        pool.close();
    }

    /** Time passes and nobody of these is silent. */
    private void pass(long ms, MemberClient... heard) {
        for (long passed = 0; passed < ms; passed += 500) {
            for (MemberClient member : heard) {
                member.send();
            }
            pool.tick(500);
        }
    }

    @Test
    void aWantedReplicaIsOrderedOnceTheOthersHadTimeToAnnounce() {
        MemberClient first = pool.member(1);
        MemberClient second = pool.member(2);
        first.publish(KEY, Tier.MEMORY, 1, 2).send();
        pass(1_000, first, second);
        assertThat(pool.orders(Order.Copy.class)).isEmpty();

        pass(SETTLED, first, second);
        assertThat(pool.orders(Order.Copy.class))
                .containsExactly(
                        new Order.Copy(first.handle, List.of(KEY), List.of(second.handle)));
        pass(5_000, first, second);
        assertThat(pool.orders(Order.Copy.class)).isEmpty();
        second.publish(KEY, 9).send();
        pass(60_000, first, second);
        assertThat(pool.orders(Order.Copy.class)).isEmpty();
    }

    @Test
    void anOrderWithoutEffectIsGivenAgain() {
        MemberClient first = pool.member(1);
        MemberClient second = pool.member(2);
        first.publish(KEY, Tier.MEMORY, 1, 2).send();
        pass(SETTLED + 1_000, first, second);
        assertThat(pool.orders(Order.Copy.class)).hasSize(1);
        pass(pool.config.copyMs() + 1_000, first, second);
        assertThat(pool.orders(Order.Copy.class)).hasSize(1);
    }

    @Test
    void aLostReplicaIsCopiedAgainButNotForAMomentOfSilence() {
        MemberClient first = pool.member(1);
        MemberClient second = pool.member(2);
        MemberClient third = pool.member(3);
        first.publish(KEY, Tier.MEMORY, 1, 2).send();
        second.publish(KEY, Tier.MEMORY, 1, 2).send();
        pass(SETTLED + 1_000, first, second, third);
        assertThat(pool.orders(Order.Copy.class)).isEmpty();

        pass(5_000, first, third);
        assertThat(pool.located(KEY)).containsExactly(first.handle);
        assertThat(pool.orders(Order.Copy.class)).isEmpty();
        pass(pool.config.lossMs(), first, third);
        assertThat(pool.orders(Order.Copy.class))
                .containsExactly(new Order.Copy(first.handle, List.of(KEY), List.of(third.handle)));
    }

    @Test
    void aRestartedDirectoryDoesNotCopyWhatIsAboutToBeAnnounced() {
        MemberClient first = pool.member(1);
        MemberClient second = pool.member(2);
        pool.directory.mark(
                new Command.Mark(pool.now, List.of(KEY), 2, Command.Mark.KEEP, Command.Mark.KEEP));
        pool.collect();
        pool.restart();
        first.joinAgain(1, 1);
        first.publish(KEY, 1).announce();
        pass(3_000, first);
        second.joinAgain(2, 1);
        second.publish(KEY, 1).announce();
        pass(SETTLED + 2_000, first, second);

        assertThat(pool.orders(Order.Copy.class)).isEmpty();
        assertThat(pool.directory.find(KEY).orElseThrow().wanted()).isEqualTo(2);
    }

    @Test
    void aWishBeyondTheQueueIsFoundAgain() {
        DirectoryConfig usual = DirectoryConfig.defaults(1);
        try (Pool small =
                new Pool(
                        new DirectoryConfig(
                                1,
                                500,
                                2_000,
                                15_000,
                                600_000,
                                0,
                                1,
                                30_000,
                                10,
                                usual.layoutsMax(),
                                10,
                                10,
                                8,
                                65_536))) {
            MemberClient first = small.member(1);
            MemberClient second = small.member(2);
            for (int i = 0; i < 100; i++) {
                first.publish(Pool.key(1, 1, i), Tier.MEMORY, i, 2);
            }
            first.send();
            for (int round = 0; round < 200; round++) {
                small.tick(10);
                for (Order.Copy copy : small.orders(Order.Copy.class)) {
                    copy.keys().forEach(key -> second.publish(key, 1));
                    second.send();
                }
            }
            for (int i = 0; i < 100; i++) {
                assertThat(small.located(Pool.key(1, 1, i))).hasSize(2);
            }
        }
    }

    @Test
    void hotObjectsGetOneMoreCopy() {
        MemberClient first = pool.member(1);
        MemberClient second = pool.member(2);
        first.publish(KEY, 1).send();
        pool.directory.hot(new Command.Hot(pool.now, List.of(KEY, Pool.key(1, 1, 99))));
        pool.directory.hot(new Command.Hot(pool.now, List.of(KEY)));
        pool.collect();

        assertThat(pool.orders(Order.Copy.class))
                .containsExactly(
                        new Order.Copy(first.handle, List.of(KEY), List.of(second.handle)));
    }

    @Test
    void whatIsAskedForOftenIsHotAndCoolsDown() {
        HotKeys hot = new HotKeys(1, 4);
        long salt = hot.salt(KEY.layout(), 1);
        UnsafeBuffer hashes = new UnsafeBuffer(new byte[2 * Digest.BYTES]);
        Pool.hash(1).copyTo(hashes, 0);
        Pool.hash(2).copyTo(hashes, Digest.BYTES);
        assertThat(hot.observe(salt, hashes, 0)).isFalse();
        assertThat(hot.observe(salt, hashes, 0)).isFalse();
        assertThat(hot.observe(salt, hashes, Digest.BYTES)).isFalse();
        assertThat(hot.observe(salt, hashes, 0)).isFalse();
        assertThat(hot.observe(salt, hashes, 0)).isTrue();
        assertThat(hot.observe(salt, hashes, 0)).isFalse();
        hot.decay();
        assertThat(hot.observe(salt, hashes, 0)).isFalse();
        assertThat(hot.observe(salt, hashes, 0)).isTrue();
    }

    @Test
    void pinsReachWhoeverHasTheObjectNowOrLater() {
        MemberClient first = pool.member(1);
        MemberClient second = pool.member(2);
        first.publish(KEY, 1).send();
        long until = pool.now + 30_000;
        pool.directory.mark(new Command.Mark(pool.now, List.of(KEY), Command.Mark.KEEP, until, 0));
        pool.collect();
        assertThat(pool.orders(Order.Pin.class))
                .containsExactly(new Order.Pin(first.handle, List.of(KEY), until, 0));
        second.publish(KEY, 1).send();
        assertThat(pool.orders(Order.Pin.class))
                .containsExactly(new Order.Pin(second.handle, List.of(KEY), until, 0));
        assertThat(pool.directory.totals().softPinned()).isEqualTo(1);

        pass(91_000, first, second);
        assertThat(pool.directory.totals().softPinned()).isZero();
        assertThat(pool.directory.find(KEY).orElseThrow().softUntil()).isZero();
        first.retract(KEY, 1).publish(KEY, 2).send();
        assertThat(pool.orders(Order.Pin.class)).isEmpty();
    }

    @Test
    void aDrainKeepsPlacementsAwayAndCounts() {
        MemberClient drained = pool.member(1);
        MemberClient other = pool.member(2);
        pool.member(3);
        drained.publish(KEY, 1).publish(Pool.key(1, 1, 2), 2).send();
        DrainProgress started =
                pool.directory.drain(new Command.Drain(pool.now, "host-1", List.of("host-2")));
        pool.collect();
        assertThat(started.state()).isEqualTo(MemberState.DRAINING);
        assertThat(pool.orders(Order.Evacuate.class))
                .containsExactly(new Order.Evacuate(drained.handle, false, List.of(other.handle)));
        assertThat(place(drained.handle)).containsExactly(other.handle);
        assertThat(place(-1)).doesNotContain(drained.handle);

        other.publish(KEY, 1).send();
        drained.retract(KEY, 1).retract(Pool.key(1, 1, 2), 2).send();
        DrainProgress done = pool.directory.drains().getFirst();
        assertThat(done.state()).isEqualTo(MemberState.DRAINED);
        assertThat(done.objectsMoved()).isEqualTo(1);
        assertThat(done.objectsDropped()).isEqualTo(1);
        assertThat(done.bytesMoved()).isEqualTo(Pool.OBJECT_BYTES);
        pool.leave(drained.handle, true);
        assertThat(pool.facts).contains(new Fact.Draining(new MemberId(1, 1), false, List.of()));
        drained.joinAgain(1, 2);
        assertThat(pool.directory.drains()).isEmpty();
    }

    private List<Integer> place(int asking) {
        return pool.directory.place(
                new PlaceQuery(
                        1,
                        Pool.layout(1).digest(),
                        Pool.OBJECT_BYTES,
                        Pool.TENANT,
                        1,
                        asking,
                        List.of(),
                        "",
                        3));
    }

    @Test
    void aDrainOutlivesMemberAndDirectoryUntilItIsCancelled() {
        MemberClient member = pool.member(1);
        member.publish(KEY, 1).send();
        pool.directory.drain(new Command.Drain(pool.now, "host-1", List.of()));
        pool.leave(member.handle, true);
        pool.restart();
        member.joinAgain(1, 2);
        member.publish(KEY, 1).announce();
        assertThat(pool.orders(Order.Evacuate.class)).hasSize(1);
        assertThat(pool.directory.drains().getFirst().objectsLeft()).isEqualTo(1);

        pool.directory.cancel(new Command.CancelDrain(pool.now, "host-1"));
        pool.collect();
        assertThat(pool.orders(Order.Evacuate.class))
                .containsExactly(new Order.Evacuate(member.handle, true, List.of()));
        pool.restart();
        member.joinAgain(1, 3);
        assertThat(pool.directory.drains()).isEmpty();
        assertThatThrownBy(() -> pool.directory.cancel(new Command.CancelDrain(pool.now, "host-1")))
                .hasMessageContaining("not being drained");
    }
}
