// SPDX-License-Identifier: Apache-2.0
package io.moonpool.pool.master.admin;

import io.moonpool.pool.state.Digest;
import io.moonpool.pool.state.DrainProgress;
import io.moonpool.pool.state.KeyPage;
import io.moonpool.pool.state.KeyView;
import io.moonpool.pool.state.LayoutSpec;
import io.moonpool.pool.state.MemberId;
import io.moonpool.pool.state.MemberSpec;
import io.moonpool.pool.state.MemberState;
import io.moonpool.pool.state.MemberView;
import io.moonpool.pool.state.ObjectKey;
import io.moonpool.pool.state.ReplicaView;
import io.moonpool.pool.state.TenantView;
import io.moonpool.pool.state.Tier;
import io.moonpool.pool.state.Totals;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** A pool of two hosts and a pure client, whose states and drains a test sets. */
final class FakePool implements PoolView {
    static final long GIB = 1L << 30;
    static final MemberId FIRST = new MemberId(7, -2);
    static final MemberId SECOND = new MemberId(8, 3);
    static final LayoutSpec LAYOUT =
            new LayoutSpec(
                    new Digest(1, 2, 3, 4), "default", "mha", 4096, new Digest(5, 0, 0, 0), 0);

    final Map<MemberId, MemberState> states = new LinkedHashMap<>();
    final Map<MemberId, DrainProgress> drains = new LinkedHashMap<>();
    final Map<String, Long> quotas = new LinkedHashMap<>();
    final List<String> calls = new ArrayList<>();
    String secondName;
    long keyCount;
    boolean late;

    FakePool() {
        reset();
    }

    /** As it was at first. */
    void reset() {
        drains.clear();
        quotas.clear();
        calls.clear();
        secondName = "host2";
        keyCount = 5;
        late = false;
        states.put(FIRST, MemberState.LIVE);
        states.put(SECOND, MemberState.LIVE);
    }

    private void answer() throws AdminFailure {
        if (late) {
            throw new AdminFailure(AdminError.SERVICE_NOT_ACTIVE, "service plane is not active");
        }
    }

    @Override
    public Totals totals() throws AdminFailure {
        answer();
        return new Totals(keyCount, 6, 3, 3 * GIB, GIB / 2, 8192, 1, 2, 0, 0, 1000, 10, 4, 1 << 20);
    }

    @Override
    public List<MemberView> members() throws AdminFailure {
        answer();
        return List.of(
                member(1, FIRST, "host1", GIB, GIB / 2),
                member(2, SECOND, secondName, 2 * GIB, 2 * GIB),
                member(3, new MemberId(9, 9), "client", 0, 0));
    }

    private MemberView member(int handle, MemberId id, String name, long capacity, long free) {
        return new MemberView(
                handle,
                new MemberSpec(
                        id, name, name + ":1", List.of(name + ":2"), "tcp", capacity, free, 1),
                states.getOrDefault(id, MemberState.LIVE),
                capacity == 0 ? 0 : 3,
                capacity - free,
                0,
                0,
                0);
    }

    static ObjectKey key(long hash) {
        return new ObjectKey(LAYOUT.digest(), 1, new Digest(hash, 0, 0, 0));
    }

    private static KeyView view(ObjectKey key) {
        return new KeyView(
                key,
                LAYOUT,
                List.of(new ReplicaView(1, Tier.MEMORY, 41), new ReplicaView(2, Tier.SSD, 42)),
                0,
                0,
                0);
    }

    @Override
    public List<KeyView> find(String key) throws AdminFailure {
        answer();
        return LongStream.range(0, keyCount)
                .mapToObj(FakePool::key)
                .filter(one -> Names.of(one).equals(key) || one.hash().toString().equals(key))
                .map(FakePool::view)
                .toList();
    }

    @Override
    public KeyPage keys(long cursor, int max) throws AdminFailure {
        answer();
        long end = Math.min(cursor + max, keyCount);
        return new KeyPage(
                LongStream.range(cursor, end).mapToObj(one -> view(key(one))).toList(),
                end == keyCount ? KeyPage.END : end);
    }

    @Override
    public DrainProgress drain(String member, List<String> targets) throws AdminFailure {
        answer();
        calls.add("drain " + member + " " + targets);
        MemberId id = member.equals(FIRST.toString()) ? FIRST : SECOND;
        progress(id, MemberState.DRAINING, 3, 0);
        return drains.get(id);
    }

    void progress(MemberId id, MemberState state, long left, long moved) {
        states.put(id, state);
        drains.put(id, new DrainProgress(id, "host1", state, left, moved, 0, moved * 4096));
    }

    @Override
    public void cancelDrain(String member) throws AdminFailure {
        answer();
        calls.add("cancel " + member);
        drains.keySet().removeIf(id -> id.toString().equals(member));
        states.replaceAll((id, state) -> id.toString().equals(member) ? MemberState.LIVE : state);
    }

    @Override
    public List<DrainProgress> drains() throws AdminFailure {
        answer();
        return List.copyOf(drains.values());
    }

    @Override
    public List<TenantView> tenants() throws AdminFailure {
        answer();
        List<TenantView> tenants = new ArrayList<>();
        tenants.add(new TenantView("default", 5, 4096, quotas.getOrDefault("default", -1L)));
        quotas.forEach((name, bytes) -> {
            if (!name.equals("default")) {
                tenants.add(new TenantView(name, 0, 0, bytes));
            }
        });
        return tenants;
    }

    @Override
    public void setQuota(String tenant, long bytes) throws AdminFailure {
        answer();
        quotas.put(tenant, bytes);
    }

    @Override
    public void removeQuota(String tenant) throws AdminFailure {
        answer();
        quotas.remove(tenant);
    }

    @Override
    public long removeAll(String tenant) throws AdminFailure {
        answer();
        calls.add("remove " + tenant);
        return keyCount;
    }
}
