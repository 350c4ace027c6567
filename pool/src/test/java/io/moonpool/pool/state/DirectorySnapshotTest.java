// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DirectorySnapshotTest {
    private final Pool pool = new Pool();

    @AfterEach
    void close() {
        pool.close();
    }

    private void fill() {
        MemberClient first = pool.member(1);
        MemberClient second = pool.member(2);
        for (int i = 0; i < 3_000; i++) {
            first.publish(Pool.key(i % 3, 1, i), i);
        }
        first.send();
        for (int i = 0; i < 3_000; i += 2) {
            second.publish(Pool.key(i % 3, 1, i), Tier.SSD, i, 3);
        }
        second.send();
        pool.directory.drain(new Command.Drain(pool.now, "host-2", List.of("host-1")));
        pool.directory.quota(new Command.SetQuota(pool.now, "a", 5));
        pool.directory.mark(
                new Command.Mark(pool.now, List.of(Pool.key(0, 1, 0)), 2, 0, Command.NEVER));
        pool.directory.remove(new Command.Remove(pool.now, List.of(Pool.key(0, 1, 3)), false));
        pool.tick(100);
    }

    @Test
    void aRestoredDirectoryGivesTheSameAnswers() {
        fill();
        try (Directory restored = Pool.restore(pool.config, pool.snapshot())) {
            assertThat(restored.checksum()).isEqualTo(pool.directory.checksum());
            assertThat(restored.totals().objects()).isEqualTo(2_999);
            assertThat(restored.members()).isEqualTo(pool.directory.members());
            assertThat(restored.drains()).isEqualTo(pool.directory.drains());
            assertThat(restored.tenants()).isEqualTo(pool.directory.tenants());
            assertThat(restored.keys(0, 5_000)).isEqualTo(pool.directory.keys(0, 5_000));
            assertThat(restored.find(Pool.hash(0))).isEqualTo(pool.directory.find(Pool.hash(0)));
        }
    }

    @Test
    void oneReplicaMoreIsAnotherChecksum() {
        fill();
        long before = pool.directory.checksum();
        assertThat(pool.directory.checksum()).isEqualTo(before);
        pool.member(3).publish(Pool.key(0, 1, 0), 1).send();
        assertThat(pool.directory.checksum()).isNotEqualTo(before);
    }

    @Test
    void aSnapshotOfSomethingElseIsRefused() {
        fill();
        byte[] snapshot = pool.snapshot();
        assertThatThrownBy(() -> Pool.restore(DirectoryConfig.defaults(8), snapshot))
                .isInstanceOf(BadSnapshot.class)
                .hasMessageContaining("another seed");
        byte[] other = snapshot.clone();
        other[0] ^= 1;
        assertThatThrownBy(() -> Pool.restore(pool.config, other))
                .isInstanceOf(BadSnapshot.class)
                .hasMessageContaining("version");
    }

    @Test
    void aSnapshotCutOffAnywhereIsRefused() {
        fill();
        byte[] snapshot = pool.snapshot();
        for (int length = 0; length < snapshot.length; length += 1 + snapshot.length / 200) {
            byte[] cut = Arrays.copyOf(snapshot, length);
            assertThatThrownBy(() -> Pool.restore(pool.config, cut))
                    .isInstanceOf(BadSnapshot.class);
        }
    }

    @Test
    void manyReplicasOfOneObjectAreBoundedAndInOrder() {
        ObjectKey key = Pool.key(1, 1, 1);
        MemberClient[] members = new MemberClient[ObjectTable.REPLICAS_MAX + 6];
        for (int i = 0; i < members.length; i++) {
            members[i] = pool.member(i + 1);
            members[i].publish(key, i).send();
        }
        assertThat(pool.located(key)).hasSize(Locations.REPLICAS);
        List<ReplicaView> replicas = pool.directory.find(key).orElseThrow().replicas();
        assertThat(replicas).hasSize(ObjectTable.REPLICAS_MAX);
        for (int i = 0; i < ObjectTable.REPLICAS_MAX; i += 3) {
            members[i].retract(key, i).send();
        }
        List<ReplicaView> left = pool.directory.find(key).orElseThrow().replicas();
        assertThat(left)
                .isEqualTo(replicas.stream().filter(copy -> copy.number() % 3 != 0).toList());
    }

    @Test
    void memoryGoesBeforeSsdAndReadersAreSpread() {
        ObjectKey key = Pool.key(1, 1, 1);
        MemberClient ssd = pool.member(1);
        MemberClient first = pool.member(2);
        MemberClient second = pool.member(3);
        ssd.publish(key, Tier.SSD, 1, 0).send();
        first.publish(key, 1).publish(key, Tier.SSD, 2, 0).send();
        second.publish(key, 1).send();
        boolean firstIsBest = false;
        boolean secondIsBest = false;
        for (int asking = 100; asking < 140; asking++) {
            List<Integer> order = pool.locatedInOrder(key, asking);
            assertThat(order).hasSize(3);
            assertThat(order.getLast()).isEqualTo(ssd.handle);
            firstIsBest |= order.getFirst() == first.handle;
            secondIsBest |= order.getFirst() == second.handle;
        }
        assertThat(firstIsBest && secondIsBest).isTrue();
    }

    @Test
    void keysAreListedInPages() {
        fill();
        long cursor = 0;
        int count = 0;
        while (cursor != KeyPage.END) {
            KeyPage page = pool.directory.keys(cursor, 700);
            count += page.keys().size();
            cursor = page.next();
        }
        assertThat(count).isEqualTo(2_999);
    }
}
