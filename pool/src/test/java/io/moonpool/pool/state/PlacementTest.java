// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PlacementTest {
    private static final int DRAWS = 4_000;

    private final Pool pool = new Pool();

    @AfterEach
    void close() {
        pool.close();
    }

    private MemberClient member(int number, long free) {
        MemberClient member = pool.member(number);
        member.free = free;
        member.send();
        return member;
    }

    private List<Integer> place(long seed, int asking, List<Integer> excluded, String preferred) {
        return pool.directory.place(
                new PlaceQuery(
                        seed,
                        Pool.layout(1).digest(),
                        Pool.OBJECT_BYTES,
                        Pool.TENANT,
                        1,
                        asking,
                        excluded,
                        preferred,
                        2));
    }

    private Map<Integer, Integer> firsts() {
        Map<Integer, Integer> firsts = new HashMap<>();
        for (int seed = 0; seed < DRAWS; seed++) {
            List<Integer> chosen = place(seed, -1, List.of(), "");
            assertThat(new HashSet<>(chosen)).hasSize(chosen.size());
            firsts.merge(chosen.getFirst(), 1, Integer::sum);
        }
        return firsts;
    }

    private void pass(long ms, MemberClient... heard) {
        for (long passed = 0; passed < ms; passed += 1_000) {
            for (MemberClient member : heard) {
                member.send();
            }
            pool.tick(1_000);
        }
    }

    @Test
    void theFreerAMemberTheLikelierItIs() {
        MemberClient full = member(1, Pool.CAPACITY / 10);
        MemberClient free = member(2, Pool.CAPACITY * 9 / 10);
        pass(61_000, full, free);
        Map<Integer, Integer> firsts = firsts();

        assertThat(firsts.get(free.handle)).isBetween(DRAWS * 85 / 100, DRAWS * 95 / 100);
    }

    @Test
    void equalQuestionsGetEqualAnswers() {
        member(1, 500_000);
        member(2, 500_000);
        member(3, 500_000);
        assertThat(place(42, -1, List.of(), "")).isEqualTo(place(42, -1, List.of(), ""));
    }

    @Test
    void aMemberThatJoinsEmptyDoesNotAttractEverything() {
        MemberClient first = member(1, Pool.CAPACITY / 20);
        MemberClient second = member(2, Pool.CAPACITY / 20);
        pass(61_000, first, second);
        MemberClient fresh = member(3, Pool.CAPACITY);

        assertThat(firsts().getOrDefault(fresh.handle, 0)).isLessThan(DRAWS / 10);
        pass(30_000, first, second, fresh);
        assertThat(firsts().getOrDefault(fresh.handle, 0)).isBetween(DRAWS / 10, DRAWS * 4 / 10);
        pass(31_000, first, second, fresh);
        assertThat(firsts().getOrDefault(fresh.handle, 0)).isGreaterThan(DRAWS * 8 / 10);
    }

    @Test
    void aPoolThatHasJustStartedPlacesByFreeShare() {
        MemberClient first = member(1, Pool.CAPACITY / 2);
        MemberClient second = member(2, Pool.CAPACITY / 2);
        Map<Integer, Integer> firsts = firsts();
        assertThat(firsts.get(first.handle)).isBetween(DRAWS * 4 / 10, DRAWS * 6 / 10);
        assertThat(firsts.get(second.handle)).isBetween(DRAWS * 4 / 10, DRAWS * 6 / 10);
    }

    @Test
    void neitherWhoAsksNorWhoIsExcludedFullSilentOrWithoutCapacityIsNamed() {
        MemberClient asking = member(1, 500_000);
        MemberClient excluded = member(2, 500_000);
        member(3, Pool.OBJECT_BYTES - 1);
        MemberClient silent = member(4, 500_000);
        pool.leave(silent.handle, false);
        MemberClient good = member(5, 500_000);
        MemberSpec spec = Pool.spec(6, 1);
        pool.join(new MemberSpec(spec.id(), "client", "client:1", List.of(), "tcp", 0, 0, 1), 0);

        assertThat(place(1, asking.handle, List.of(excluded.handle), ""))
                .containsExactly(good.handle);
    }

    @Test
    void thePreferredMemberGoesFirst() {
        MemberClient first = member(1, 500_000);
        MemberClient second = member(2, 1_000);
        for (int seed = 0; seed < 50; seed++) {
            assertThat(place(seed, -1, List.of(), "host-2"))
                    .containsExactly(second.handle, first.handle);
        }
        assertThat(place(1, -1, List.of(second.handle), "host-2")).containsExactly(first.handle);
    }

    @Test
    void publicationsUseUpRoomUntilTheMemberSaysMore() {
        MemberClient member = member(1, 3 * Pool.OBJECT_BYTES);
        member.free = 0;
        member.publish(Pool.key(1, 1, 1), 1).send();
        assertThat(place(1, -1, List.of(), "")).isEmpty();
    }

    @Test
    void aTenantOverItsQuotaIsPlacedNowhere() {
        MemberClient member = member(1, 500_000);
        member(2, 500_000);
        member.publish(Pool.key(1, 1, 1), 1).publish(Pool.key(1, 1, 2), 2).send();
        pool.directory.quota(new Command.SetQuota(pool.now, Pool.TENANT, 2 * Pool.OBJECT_BYTES));
        assertThat(place(1, -1, List.of(), "")).isEmpty();
        member.retract(Pool.key(1, 1, 1), 1).send();
        assertThat(place(1, -1, List.of(), "")).hasSize(2);
        assertThat(pool.directory.tenants())
                .containsExactly(
                        new TenantView(Pool.TENANT, 1, Pool.OBJECT_BYTES, 2 * Pool.OBJECT_BYTES));
    }
}
