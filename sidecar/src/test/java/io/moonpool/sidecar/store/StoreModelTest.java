// SPDX-License-Identifier: Apache-2.0
package io.moonpool.sidecar.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.moonpool.proto.ring.LookupStatus;
import io.moonpool.proto.ring.MissReason;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random clients against the real message handling, compared with a model that knows nothing but
 * sets. Two namespaces of unequal slot sizes share an arena too small for either, and the sidecar
 * dies now and then.
 */
class StoreModelTest {

    private static final int STEPS = 3000;
    private static final int PROMPTS = 6;
    private static final int BLOCKS = 40;
    private static final int ENGINES = 4;

    @TempDir Path directory;
    private Random random;
    private StoreRig rig;
    private final TestClient[] clients = new TestClient[ENGINES];

    /** Hashes that must be found, by namespace. */
    private final Map<Integer, Set<String>> visible = new HashMap<>();

    private final Map<TestClient, Map<Long, Grant>> grants = new HashMap<>();
    private final Map<TestClient, Map<Long, List<TestClient.Entry>>> leases = new HashMap<>();

    private record Grant(List<String> hashes, List<TestClient.Entry> entries) {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 0})
    void neverGivesWrongBytesAndLosesNoSlot(long fixedSeed) throws Exception {
        String given = System.getenv("MOONPOOL_TEST_SEED");
        long seed =
                fixedSeed != 0
                        ? fixedSeed
                        : given != null ? Long.parseLong(given) : System.nanoTime();
        try {
            run(seed);
        } catch (Throwable failure) {
            throw new AssertionError("failed with MOONPOOL_TEST_SEED=" + seed, failure);
        } finally {
            rig.close();
        }
    }

    private void run(long seed) throws Exception {
        random = new Random(seed);
        rig = new StoreRig(StoreRig.config(directory, 3), new MemoryLedger());
        visible.put(1, new HashSet<>());
        visible.put(2, new HashSet<>());
        for (int i = 0; i < ENGINES; i++) {
            clients[i] = attached(rig.attach(request(i)));
        }
        for (int step = 0; step < STEPS; step++) {
            turn(random.nextInt(ENGINES));
            if (step % 50 == 0) {
                checkAll();
            }
        }
        endEverything();
    }

    private SessionRequest request(int engine) {
        int namespace = 1 + engine % 2;
        GroupSpec group = namespace == 1 ? Requests.full(0, 2, 5000) : Requests.full(0, 1, 60_000);
        return Requests.of(
                "engine-" + engine,
                SessionRole.SCHEDULER,
                StoreRig.TENANT,
                namespace,
                List.of(group));
    }

    private TestClient attached(TestClient client) {
        grants.put(client, new HashMap<>());
        leases.put(client, new HashMap<>());
        return client;
    }

    private void turn(int engine) throws Exception {
        TestClient client = clients[engine];
        int choice = random.nextInt(1000);
        if (choice < 350) {
            lookup(client);
        } else if (choice < 600) {
            intend(client);
        } else if (choice < 780) {
            endGrant(client);
        } else if (choice < 930) {
            release(client);
        } else if (choice < 950) {
            prefetch(client);
        } else if (choice < 970) {
            corrupt(client);
        } else if (choice < 975) {
            reset(client);
        } else if (choice < 985) {
            die(engine);
        } else if (choice < 995) {
            attachAgain(engine);
        } else {
            restart();
        }
        poll();
    }

    private Set<String> seen(TestClient client) {
        return visible.get((int) client.request.namespace().digest()[0]);
    }

    private static String name(byte[] hash) {
        return Arrays.toString(hash);
    }

    private void lookup(TestClient client) {
        int prompt = random.nextInt(PROMPTS);
        int first = random.nextInt(4) == 0 ? random.nextInt(BLOCKS / 2) : 0;
        int count = 1 + random.nextInt(BLOCKS - first);
        int expected = 0;
        while (expected < count
                && seen(client).contains(name(Requests.hash(prompt, first + expected)))) {
            expected++;
        }
        TestClient.LookupAnswer answer = client.lookupBlocks(prompt, first, count);
        if (answer.status() == LookupStatus.MALFORMED) {
            assertThat(leases.get(client)).hasSize(Session.LEASES_MAX);
            return;
        }
        assertThat(answer.status()).isEqualTo(LookupStatus.OK);
        int hit =
                answer.hitTokens() == 0
                        ? 0
                        : (int) (answer.hitTokens() / Requests.BLOCK_TOKENS) - first;
        if (answer.reason() != MissReason.OVER_BUDGET) {
            assertThat(hit).as("hit of prompt %d from %d", prompt, first).isEqualTo(expected);
        }
        assertThat(hit).isLessThanOrEqualTo(expected);
        if (hit > 0) {
            checkLease(client, answer, prompt, first);
        }
    }

    /** What is below the mark is right to the byte; a mark that failed stops at what was spoilt. */
    private void checkLease(
            TestClient client, TestClient.LookupAnswer answer, int prompt, int first) {
        leases.get(client).put(client.lastJob, answer.entries());
        int[] mark = client.mark(answer.cell());
        int shards = client.request.groups().get(0).shards().size();
        for (int i = 0; i < mark[0]; i++) {
            TestClient.Entry entry = answer.entries().get(i);
            byte[] hash = new byte[32];
            rig.store().headers.fields().hash(entry.slot(), hash, 0);
            assertThat(hash).isEqualTo(Requests.hash(prompt, first + i / shards));
            assertThat(client.isRight(entry)).isTrue();
        }
        if (mark[1] == 2) {
            TestClient.Entry bad = answer.entries().get(mark[0]);
            assertThat(client.isRight(bad)).isFalse();
            seen(client).remove(name(Requests.hash(prompt, first + mark[0] / shards)));
        } else {
            assertThat(mark).containsExactly(answer.entries().size(), 1);
        }
    }

    private void intend(TestClient client) {
        int prompt = random.nextInt(PROMPTS);
        int first = random.nextInt(BLOCKS);
        int count = 1 + random.nextInt(Math.min(12, BLOCKS - first));
        TestClient.IntendAnswer answer = client.intendBlocks(prompt, first, count);
        poll();
        List<String> granted = new ArrayList<>();
        for (int i = 0; i < answer.verdicts().length; i++) {
            String hash = name(Requests.hash(prompt, first + i));
            if (answer.verdicts()[i] == 0) {
                assertThat(seen(client)).doesNotContain(hash);
                granted.add(hash);
            }
        }
        assertThat(answer.entries()).allMatch(client::shows);
        if (!granted.isEmpty()) {
            grants.get(client).put(client.lastJob, new Grant(granted, answer.entries()));
        }
    }

    private void endGrant(TestClient client) {
        Long job = any(grants.get(client));
        if (job == null) {
            return;
        }
        Grant grant = grants.get(client).remove(job);
        if (random.nextInt(5) == 0) {
            client.abort(job);
            rig.settle();
            return;
        }
        assertThat(grant.entries()).as("nobody took a granted slot").allMatch(client::shows);
        grant.entries().forEach(client::copyIn);
        byte[] marked = new byte[(grant.hashes().size() + 7) / 8];
        int expected = 0;
        for (int i = 0; i < grant.hashes().size(); i++) {
            if (random.nextInt(8) > 0) {
                marked[i / 8] |= (byte) (1 << i % 8);
                expected++;
            }
        }
        client.commit(job, marked);
        rig.settle();
        poll();
        assertThat(client.committed).containsEntry(job, expected);
        for (int i = 0; i < grant.hashes().size(); i++) {
            if ((marked[i / 8] >> i % 8 & 1) != 0) {
                seen(client).add(grant.hashes().get(i));
            }
        }
    }

    private void release(TestClient client) {
        Long job = any(leases.get(client));
        if (job == null) {
            return;
        }
        List<TestClient.Entry> entries = leases.get(client).get(job);
        int keep = random.nextInt(3) == 0 ? random.nextInt(entries.size() + 1) : 0;
        if (random.nextBoolean()) {
            client.release(job, keep);
        } else {
            keep = 0;
            client.cancel(job);
        }
        rig.settle();
        if (keep == 0) {
            leases.get(client).remove(job);
        } else {
            leases.get(client).put(job, entries.subList(0, keep));
        }
    }

    private void prefetch(TestClient client) {
        int prompt = random.nextInt(PROMPTS);
        long job = ++client.lastJob;
        client.keys(job, 0, 0, Requests.hashes(prompt, 0, BLOCKS));
        client.lookup(job, 0, BLOCKS * Requests.BLOCK_TOKENS, true);
        rig.settle();
        client.poll();
        assertThat(client.lookups).doesNotContainKey(job);
    }

    private void corrupt(TestClient client) {
        Long job = any(leases.get(client));
        if (job != null) {
            List<TestClient.Entry> entries = leases.get(client).get(job);
            TestClient.Entry entry = entries.get(random.nextInt(entries.size()));
            if (client.shows(entry) && client.isRight(entry)) {
                client.flip(entry);
            }
        }
    }

    private void reset(TestClient client) {
        long job = client.reset();
        rig.settle();
        poll();
        long epoch = client.resets.get(job);
        assertThat(epoch).isEqualTo(client.epoch + 1);
        seen(client).clear();
        for (TestClient other : clients) {
            if (seen(other) == seen(client)) {
                assertThat(other.lookupBlocks(0, 0, 1).status())
                        .isEqualTo(LookupStatus.STALE_EPOCH);
                other.epoch = epoch;
                grants.get(other).keySet().forEach(other::abort);
                grants.get(other).clear();
            }
        }
        rig.settle();
    }

    private void die(int engine) {
        TestClient client = clients[engine];
        rig.await(rig.control().end(client.grant.sessionId(), EndReason.DEAD));
        rig.settle();
        forget(client);
        clients[engine] = attached(rig.attach(request(engine)));
        assertThat(clients[engine].grant.epoch()).isEqualTo(client.epoch);
    }

    private void forget(TestClient client) {
        grants.remove(client);
        leases.remove(client);
    }

    /** The stream broke: the same process comes back with what it holds. */
    private void attachAgain(int engine) {
        TestClient client = clients[engine];
        grants.get(client).keySet().forEach(client::abort);
        rig.settle();
        clients[engine] = resumed(client, engine);
    }

    private TestClient resumed(TestClient client, int engine) {
        List<ListedLease> listed = new ArrayList<>();
        leases.get(client)
                .forEach((job, entries) ->
                        listed.add(new ListedLease(job, TestClient.raw(entries))));
        SessionRequest again = Requests.again(request(engine), client.grant.sessionId(), listed);
        Map<Long, Boolean> unchanged = new HashMap<>();
        leases.get(client)
                .forEach((job, entries) ->
                        unchanged.put(job, entries.stream().allMatch(this::isUnchanged)));
        TestClient next = attached(rig.attach(again));
        next.lastJob = client.lastJob;
        leases.get(client)
                .forEach((job, entries) -> {
                    boolean whole =
                            entries.size() % client.request.groups().get(0).shards().size() == 0;
                    boolean lost = next.grant.lostJobIds().contains(job);
                    if (!lost) {
                        assertThat(whole && unchanged.get(job)).isTrue();
                    } else if (entries.stream().noneMatch(entry -> isStale(entry, client))) {
                        assertThat(whole && unchanged.get(job)).isFalse();
                    }
                    if (!lost) {
                        leases.get(next).put(job, entries);
                    }
                });
        forget(client);
        rig.settle();
        return next;
    }

    /** Of an epoch before a reset: a restart forgets it. */
    private boolean isStale(TestClient.Entry entry, TestClient client) {
        return rig.store().headers.fields().epoch(entry.slot()) < client.epoch;
    }

    private boolean isUnchanged(TestClient.Entry entry) {
        return rig.store().headers.word(entry.slot()) == entry.word();
    }

    /**
     * The sidecar dies and comes back: some engines died with it, others come back with what they
     * hold.
     */
    private void restart() throws Exception {
        rig.settle();
        poll();
        rig.close();
        rig = new StoreRig(rig.config, rig.ledger);
        assertThat(rig.adopted).isTrue();
        for (int engine = 0; engine < ENGINES; engine++) {
            TestClient old = clients[engine];
            for (Grant grant : grants.get(old).values()) {
                // The process may be copying into these at this very moment: they are where they
                // were.
                assertThat(grant.entries())
                        .allMatch(entry -> rig.store().headers.word(entry.slot()) == entry.word());
            }
            if (random.nextBoolean()) {
                rig.await(rig.control().orphanDead(old.grant.sessionId()));
                forget(old);
                clients[engine] = attached(rig.attach(request(engine)));
            } else {
                clients[engine] = resumed(old, engine);
            }
            dropSpoilt();
        }
        assertThat(rig.arena().quarantinedBytes()).isZero();
        assertThat(rig.await(rig.control().orphans())).isEmpty();
    }

    /**
     * Leases taken over are verified anew: what was spoilt leaves now, and says so in its event.
     */
    private void dropSpoilt() {
        rig.settle();
        poll();
    }

    private void poll() {
        for (TestClient client : clients) {
            if (client == null || client.rig != rig) {
                continue;
            }
            client.poll();
            client.evicted.forEach(hash -> seen(client).remove(name(hash)));
            client.evicted.clear();
        }
    }

    private Long any(Map<Long, ?> jobs) {
        if (jobs.isEmpty()) {
            return null;
        }
        List<Long> ids = new ArrayList<>(jobs.keySet());
        ids.sort(null);
        return ids.get(random.nextInt(ids.size()));
    }

    private void checkAll() {
        rig.settle();
        StoreChecks.check(rig);
        for (TestClient client : clients) {
            grants.get(client)
                    .values()
                    .forEach(grant -> assertThat(grant.entries()).allMatch(client::shows));
            long bit = 1L << client.grant.engineIndex();
            leases.get(client)
                    .values()
                    .forEach(entries ->
                            assertThat(entries)
                                    .as("leased slots are pinned and never reused")
                                    .allMatch(entry ->
                                            rig.store().headers.generation(entry.slot())
                                                            == entry.word() >>> 8
                                                    && (rig.store().headers.pinnedBy(entry.slot())
                                                                    & bit)
                                                            != 0));
        }
        assertThat(StoreChecks.visibleObjects(rig))
                .isEqualTo(visible.values().stream().mapToLong(Set::size).sum());
    }

    private void endEverything() {
        for (TestClient client : clients) {
            leases.get(client).keySet().forEach(job -> client.release(job, 0));
            grants.get(client).keySet().forEach(client::abort);
            rig.settle();
            client.poll();
        }
        poll();
        leases.values().forEach(Map::clear);
        grants.values().forEach(Map::clear);
        checkAll();
        assertThat(rig.arena().pinnedBytes()).isZero();
        assertThat(rig.arena().reservedBytes()).isZero();
        assertThat(rig.arena().usedBytes()).isEqualTo(bytesVisible());
    }

    private long bytesVisible() {
        return visible.get(1).size() * 16_384L + visible.get(2).size() * 61_440L;
    }
}
