// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.pool.harness.Seeded;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Random histories against a model of plain maps. */
class DirectoryModelTest {
    private static final int MEMBERS = 8;
    private static final int KEYS = 40;
    private static final int LAYOUTS = 3;
    private static final int EPOCHS = 3;
    private static final int STEPS = 400;

    @Test
    void answersAsTheModelDoes() {
        Seeded.runs(
                60,
                random -> {
                    try (History history = new History(random)) {
                        for (int i = 0; i < STEPS; i++) {
                            history.step();
                        }
                        history.compare();
                    }
                });
    }

    @Test
    void sameCommandsGiveTheSameChecksumOnEveryNodeAndAfterEverySnapshot() {
        Seeded.runs(
                20,
                random -> {
                    long seed = random.nextLong();
                    try (History straight = new History(new Random(seed));
                            History again = new History(new Random(seed))) {
                        for (int i = 0; i < STEPS; i++) {
                            straight.step();
                            again.step();
                            if (i % 50 == 0) {
                                again.replaceByRestored();
                            }
                        }
                        assertThat(again.pool.directory.checksum())
                                .isEqualTo(straight.pool.directory.checksum());
                        assertThat(again.pool.orders).isEqualTo(straight.pool.orders);
                        assertThat(again.pool.facts).isEqualTo(straight.pool.facts);
                        again.compare();
                    }
                });
    }

    private record Copy(Tier tier, long number) {}

    /** What one member has said in its present life. */
    private static final class ModelMember {
        final int number;
        MemberClient client;
        final Map<ObjectKey, Map<Tier, Copy>> has = new HashMap<>();
        boolean silent;
        boolean gone = true;
        long boot;

        ModelMember(int number) {
            this.number = number;
        }
    }

    private static final class History implements AutoCloseable {
        final Pool pool = new Pool();
        private final Random random;
        private final ModelMember[] members = new ModelMember[MEMBERS];
        private final Map<Integer, Long> floors = new HashMap<>();
        private final Map<ObjectKey, Long> removed = new HashMap<>();
        private long allRemoved;
        private long lastNumber;

        History(Random random) {
            this.random = random;
            for (int i = 0; i < MEMBERS; i++) {
                members[i] = new ModelMember(i + 1);
            }
        }

        void step() {
            ModelMember member = members[random.nextInt(MEMBERS)];
            switch (random.nextInt(20)) {
                case 0, 1 -> join(member);
                case 2 -> leave(member, random.nextInt(4) == 0);
                case 3 -> pool.tick(random.nextInt(200));
                case 4 -> raiseFloor();
                case 5 -> remove();
                case 6 -> removeAllSometimes();
                case 7 -> compare();
                case 8 -> carryOutRemovals(member);
                default -> change(member);
            }
            keepOthersHeard();
        }

        private void join(ModelMember member) {
            long done = member.client == null ? 0 : member.client.removalDone;
            member.boot++;
            Joined joined = pool.join(Pool.spec(member.number, member.boot), done);
            member.client = new MemberClient(pool, joined.member());
            member.client.removalDone = done;
            member.has.clear();
            member.silent = false;
            member.gone = false;
        }

        private void leave(ModelMember member, boolean forGood) {
            if (member.gone) {
                return;
            }
            pool.leave(member.client.handle, forGood);
            member.silent = true;
            member.gone = forGood;
            if (forGood) {
                member.has.clear();
            }
        }

        private void change(ModelMember member) {
            if (member.gone) {
                return;
            }
            int count = random.nextInt(12);
            for (int i = 0; i < count; i++) {
                if (random.nextInt(3) == 0) {
                    retract(member);
                } else {
                    publish(member);
                }
            }
            Changed changed =
                    random.nextInt(4) == 0 ? member.client.announce() : member.client.send();
            assertThat(changed.announceAgain()).isFalse();
            assertThat(changed.appliedSequence()).isEqualTo(member.client.sequence - 1);
            if (random.nextInt(5) == 0) {
                assertThat(member.client.sendAgain().appliedSequence())
                        .isEqualTo(member.client.sequence - 1);
            }
            member.silent = false;
        }

        private void publish(ModelMember member) {
            ObjectKey key = randomKey();
            Copy copy = new Copy(Tier.values()[random.nextInt(2)], ++lastNumber);
            member.client.publish(key, copy.tier, copy.number, 0);
            boolean refused =
                    key.epoch() < floors.getOrDefault((int) key.layout().word0(), 0L)
                            || Math.max(allRemoved, removed.getOrDefault(key, 0L))
                                    > member.client.removalDone;
            if (!refused) {
                member.has.computeIfAbsent(key, made -> new HashMap<>()).put(copy.tier, copy);
            }
        }

        private void retract(ModelMember member) {
            ObjectKey key = randomKey();
            Collection<Copy> copies = member.has.getOrDefault(key, Map.of()).values();
            if (copies.isEmpty() || random.nextInt(4) == 0) {
                member.client.retract(key, Tier.MEMORY, lastNumber + 1_000);
                return;
            }
            Copy copy = copies.iterator().next();
            member.client.retract(key, copy.tier, copy.number);
            member.has.get(key).remove(copy.tier);
        }

        private void raiseFloor() {
            int layout = random.nextInt(LAYOUTS);
            long epoch = random.nextInt(EPOCHS + 1);
            pool.directory.raise(
                    new Command.RaiseFloor(
                            pool.now,
                            new Floor(Pool.TENANT, Pool.layout(layout).namespace(), epoch)));
            pool.collect();
            floors.merge(layout, epoch, Math::max);
            forget(key -> key.epoch() < floors.getOrDefault((int) key.layout().word0(), 0L));
        }

        private void remove() {
            List<ObjectKey> keys = List.of(randomKey(), randomKey());
            Removed answer = pool.directory.remove(new Command.Remove(pool.now, keys, true));
            pool.collect();
            keys.forEach(key -> removed.put(key, answer.removal()));
            forget(keys::contains);
        }

        private void removeAllSometimes() {
            if (random.nextInt(6) == 0) {
                allRemoved =
                        pool.directory
                                .removeAll(new Command.RemoveAll(pool.now, Pool.TENANT))
                                .removal();
                pool.collect();
                forget(key -> true);
            }
        }

        private void carryOutRemovals(ModelMember member) {
            if (!member.gone) {
                Changed told = member.client.announce();
                member.silent = false;
                member.client.removalDone = told.removal();
            }
        }

        private void forget(Predicate<ObjectKey> which) {
            for (ModelMember member : members) {
                member.has.keySet().removeIf(which);
            }
        }

        /** Silence is another test's matter. */
        private void keepOthersHeard() {
            for (ModelMember member : members) {
                if (!member.gone && !member.silent) {
                    member.client.send();
                }
            }
        }

        private ObjectKey randomKey() {
            return Pool.key(random.nextInt(LAYOUTS), random.nextInt(EPOCHS), random.nextInt(KEYS));
        }

        void replaceByRestored() {
            Directory restored = Pool.restore(pool.config, pool.snapshot());
            assertThat(restored.checksum()).isEqualTo(pool.directory.checksum());
            pool.directory.close();
            pool.directory = restored;
        }

        void compare() {
            for (int layout = 0; layout < LAYOUTS; layout++) {
                for (int epoch = 0; epoch < EPOCHS; epoch++) {
                    for (int hash = 0; hash < KEYS; hash++) {
                        compare(Pool.key(layout, epoch, hash));
                    }
                }
            }
            compareCounts();
        }

        private void compare(ObjectKey key) {
            Set<Integer> expected = new HashSet<>();
            for (ModelMember member : members) {
                if (!member.silent && !member.has.getOrDefault(key, Map.of()).isEmpty()) {
                    expected.add(member.client.handle);
                }
            }
            Set<Integer> located = pool.located(key);
            assertThat(expected).containsAll(located);
            assertThat(located).hasSize(Math.min(expected.size(), Locations.REPLICAS));
            Set<Integer> listed = new HashSet<>();
            pool.directory
                    .find(key)
                    .ifPresent(view -> view.replicas().forEach(copy -> listed.add(copy.member())));
            assertThat(listed).isEqualTo(expected);
            int asking = expected.isEmpty() ? -1 : expected.iterator().next();
            assertThat(pool.located(key, asking)).doesNotContain(asking);
        }

        private void compareCounts() {
            pool.sweep();
            for (ModelMember member : members) {
                if (member.client != null && !member.gone) {
                    long replicas = member.has.values().stream().mapToLong(Map::size).sum();
                    assertThat(pool.directory.member(member.client.handle).orElseThrow().objects())
                            .isEqualTo(replicas);
                }
            }
        }

        @Override
        public void close() {
            pool.close();
        }
    }
}
